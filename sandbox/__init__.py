"""A Slack workspace, a Stripe account and a mailbox to try everything in, with no account anywhere."""
