"""The rules of history."""
