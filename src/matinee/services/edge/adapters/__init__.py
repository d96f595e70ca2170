"""Where the cache keeps its bytes."""
