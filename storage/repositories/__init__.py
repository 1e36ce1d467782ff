"""One repository for each kind of record."""
