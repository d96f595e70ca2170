"""Value types every layer may use: clock, ids, errors, tokens, cursors, paths. Imports nothing of Matinee."""
