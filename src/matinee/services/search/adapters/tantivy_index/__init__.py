"""The embedded index: tantivy in a folder, one generation serving at a time."""
