"""Search: finds titles and people by what somebody remembers of them, in an index fed by the catalogue's changes."""
