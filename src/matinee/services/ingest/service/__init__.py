"""The rules of ingest: what may come in, what it is, what becomes of it."""
