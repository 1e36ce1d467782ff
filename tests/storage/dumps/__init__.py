"""Filled databases of each release, as SQL, for the tests of migrations. `python -m tests.storage.dumps` makes them.

A release's dumps are made once, when its migrations are final, and never again.
"""

SECRET_KEY = "the secret key of the dumps guards nothing"
"""With which their record can be verified."""
