"""Search's adapters."""
