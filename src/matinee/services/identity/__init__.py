"""Accounts, profiles, sessions, devices and the ways to sign in."""
