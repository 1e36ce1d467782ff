"""Portal links: lookup, delivery, the customer's page."""
