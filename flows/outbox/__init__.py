"""The outbox: effects dispatched, retried, alerted on."""
