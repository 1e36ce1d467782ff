"""Memory: what the flows must not forget, in SQLite or PostgreSQL. SQL is spoken here and nowhere else."""
