"""The Stripe side of the sandbox: an account with customers, their portal, events and webhooks, behind Stripe's API."""
