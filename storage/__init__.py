"""The store, in SQLite or PostgreSQL. No other room knows SQL."""
