"""Filled databases of each release, as SQL, for the tests of migrations. `python -m tests.storage.dumps` makes them.

A release's dumps are made once, when its migrations are final, and never again.
"""

SECRET_KEYS = ("2e7b90c4d15f48a3b6e0719dfc8a3524", "the secret key of the dumps guards nothing")
"""With which their record can be verified: those of new dumps, and of older ones."""
