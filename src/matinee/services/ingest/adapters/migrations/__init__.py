"""Ingest's schema, revision by revision."""
