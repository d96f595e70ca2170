"""How playback's tables came to be."""
