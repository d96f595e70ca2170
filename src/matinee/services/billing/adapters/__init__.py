"""Billing's engines: the store, the processors, documents."""
