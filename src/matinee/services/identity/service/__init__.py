"""The rules of identity."""
