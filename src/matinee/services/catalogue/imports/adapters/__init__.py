"""Where imports are kept, and whom they ask."""
