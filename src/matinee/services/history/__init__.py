"""What profiles have watched, where they stopped, and what they keep for later."""
