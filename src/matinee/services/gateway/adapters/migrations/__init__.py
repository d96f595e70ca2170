"""The gateway's tables, revision by revision."""
