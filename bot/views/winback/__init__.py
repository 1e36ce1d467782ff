"""Views of win-back: proposals, forms, reports."""
