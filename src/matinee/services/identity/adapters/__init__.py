"""Engines and libraries behind the ports."""
