"""How history's tables came to be."""
