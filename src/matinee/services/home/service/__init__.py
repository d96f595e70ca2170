"""The rules of the home page."""
