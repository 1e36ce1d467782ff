"""One file per kind of button, modal or tab."""
