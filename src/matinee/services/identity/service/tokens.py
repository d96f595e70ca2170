"""Tokens for links in mails: 256 random bits, of which only a digest is kept."""

import hashlib
import secrets

_TOKEN_BYTES = 32


def new_token() -> str:
    """Return a fresh token that fits in a URL."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return what is kept of a token; a fast digest will do, because nobody guesses 256 bits."""
    return hashlib.sha256(token.encode()).hexdigest()
