"""The clock: all that starts by itself."""
