"""Objects: named byte strings that are written whole and read whole or by range."""
