"""Win-back: from a due step to a measured result."""
