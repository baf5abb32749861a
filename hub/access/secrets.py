"""Secrets that let somebody in: made here, and known afterwards only by their digest; passwords by argon2."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from hub.errors import InvalidInput

SHORTEST, LONGEST = 12, 128
"""Characters of a password (ASVS 5, 6.2: at least 8, 15 recommended; at least 64 must be allowed)."""


def new_secret(prefix: str = "") -> str:
    """256 random bits as text that fits into a cookie, an address or a header."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a secret that is random: one pass of SHA-256, for there is nothing to guess."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def check_password(password: str, *about: str) -> None:
    """InvalidInput `weak_password` unless it can be used; `about` are words it must not consist of."""
    small = password.casefold()
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            code="weak_password",
            fix="A few words make a good one.",
        )
    if len(set(small)) < 5 or any(small in (word.casefold(), word.casefold() * 2) for word in about if word):
        raise InvalidInput(
            "This password is easy to guess.",
            code="weak_password",
            fix="A few words that do not belong together are good.",
        )


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash."""
    return _hasher().hash(password)


def password_fits(stored: str | None, given: str) -> bool:
    """Whether the password is the right one; as slow where there is none, so that nobody learns who exists."""
    try:
        _hasher().verify(stored or _nobody(), given)
        return stored is not None
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return hash_password(new_secret())
