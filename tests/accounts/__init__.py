"""Accounts drawn at random, held against the sandbox's own billing and against a formula in fractions."""
