"""Titles, their artwork, and the one release of each that plays now."""
