"""Row caches by engine."""
