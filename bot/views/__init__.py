"""Block Kit views: everything staff read, built from plain values."""
