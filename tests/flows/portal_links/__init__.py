"""Portal links, without Slack or Stripe."""
