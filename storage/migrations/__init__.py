"""The history of the tables; `storage.migrate` runs it."""
