"""The sandbox's page: the workspace, the Stripe account, mailbox, clock and faults, for a person with a browser."""
