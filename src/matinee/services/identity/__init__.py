"""Accounts, profiles, sessions, sign-in methods and roles: who people are."""
