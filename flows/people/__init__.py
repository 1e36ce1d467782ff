"""Who customers and staff are, and what staff may do."""
