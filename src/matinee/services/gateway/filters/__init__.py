"""The steps that every request and every answer pass."""
