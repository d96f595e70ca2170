"""What a player speaks: paths with tokens, byte ranges, cache status."""
