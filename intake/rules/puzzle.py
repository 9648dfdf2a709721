"""A small piece of work that a browser does while somebody reads, and that costs who sends thousands."""

from __future__ import annotations

import hashlib


def is_solved(challenge: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of "challenge:answer" begins with `bits` zero bits; 2**bits tries find an answer on average."""
    digest = hashlib.sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(digest, "big") >> (256 - bits) == 0
