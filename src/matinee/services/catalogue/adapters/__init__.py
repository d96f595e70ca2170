"""Where the catalogue meets the database, the image library and the event log."""
