"""Logs, metrics and traces: names and wrappers."""
