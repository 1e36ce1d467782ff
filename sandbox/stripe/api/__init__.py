"""The endpoints of the API, one module per noun; each module lists its own in `ENDPOINTS`."""
