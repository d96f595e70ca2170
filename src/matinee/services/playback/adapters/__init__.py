"""Where playback meets the database and the edges."""
