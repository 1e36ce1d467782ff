"""Win-back decisions: policy, offers, limits, results."""
