"""Where ingest meets the database, the disk and ffmpeg."""
