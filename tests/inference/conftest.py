"""Pages are looked at in a real browser."""

from chromium import browser, quiet  # noqa: F401 (fixtures)
