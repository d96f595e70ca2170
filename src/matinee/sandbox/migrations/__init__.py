"""How the sandbox processor's tables came to be."""
