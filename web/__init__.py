"""The HTTP door, and what customers see behind it."""
