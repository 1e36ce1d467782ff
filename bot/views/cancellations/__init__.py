"""Views of cancellations: the card and what is answered on it."""
