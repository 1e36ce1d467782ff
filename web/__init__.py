"""The HTTP server, and the pages that customers see."""
