"""Passwords: argon2id, and as much work for an account that does not exist as for one that does."""

import re

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# About 100 ms and 32 MiB on a small server: slow for a thief, unnoticed by a person, and four
# sign-ins at once stay within the memory of one web worker.
HASHER = PasswordHasher(time_cost=5, memory_cost=32 * 1024, parallelism=1)
# A hash of nothing anybody can type, checked where there is no account.
NOBODY = HASHER.hash("\x00")
LEAST_LENGTH = 8
GREATEST_LENGTH = 128
LEAST_CLASSES = 3
CLASSES = (r"[A-Z]", r"[a-z]", r"\d", r"[^A-Za-z\d]")


def hash_password(password: str) -> str:
    return HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    try:
        HASHER.verify(stored or NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Made with other costs than today's."""
    return HASHER.check_needs_rehash(stored)


def is_strong(password: str) -> bool:
    """8 characters or more of at least three classes (the usual reading of GB/T 22239, level 3)."""
    classes = sum(bool(re.search(kind, password)) for kind in CLASSES)
    return LEAST_LENGTH <= len(password) <= GREATEST_LENGTH and classes >= LEAST_CLASSES
