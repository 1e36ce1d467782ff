"""Views of portal links: the answer to a lookup, choices, links."""
