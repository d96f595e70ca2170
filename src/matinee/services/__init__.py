"""One folder per room; rooms never import each other."""
