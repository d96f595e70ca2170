"""Ingest over HTTP: tus uploads, the studio's jobs, and their live progress."""
