"""The inbox and the outbox."""
