"""Fixtures that the tests of all rooms share."""

pytest_plugins = ("tests.databases", "tests.browser", "tests.honesty.plugin", "tests.sandboxes")
