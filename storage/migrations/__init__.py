"""The history of the tables; `storage.database.migrate` runs it."""
