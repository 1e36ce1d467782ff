"""Win-back decisions: the policy, offers and their prices, limits, and results."""
