"""What came of cancellations: the digest, and how far each case has come."""
