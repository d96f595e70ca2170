"""Uploads and imports: takes films in, inspects them, refuses what cannot become one, and orders the rest."""
