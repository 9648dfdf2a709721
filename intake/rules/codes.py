"""Query codes: what a reporter keeps, in groups that can be read aloud and checked.

A code is four groups of five characters, `K7PQ3-XWD9H-…`. The alphabet has 31 characters (digits and
capitals without 0 O 1 I L), a prime, so that one weighted check character per group catches every single wrong
character and every swap of neighbours, across group borders too, and names the group that is wrong.
Sixteen free characters carry 16 · log2(31) = 79.3 bits.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import date

from intake.errors import InvalidCode, InvalidInput
from intake.rules.numbers import clue_number

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GROUPS = 4
FREE = 4
_BASE = len(ALPHABET)
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_LENGTH = GROUPS * (FREE + 1)


def code_from(secret: bytes, submission_key: str) -> str:
    """The query code of one submission key: the same key always gives the same code, so a retry is safe.

    The code is a keyed digest (HMAC-SHA-256) reduced to sixteen characters; without `secret` it cannot be told
    from a random one.
    """
    digest = hmac.new(secret, b"query-code\0" + submission_key.encode(), hashlib.sha256).digest()
    number = int.from_bytes(digest, "big")
    free = []
    for _ in range(GROUPS * FREE):
        number, value = divmod(number, _BASE)
        free.append(ALPHABET[value])
    groups = ["".join(free[i : i + FREE]) for i in range(0, len(free), FREE)]
    return "-".join(group + _check(group) for group in groups)


def parse_code(typed: str) -> str:
    """The canonical form of what a person typed: case, width, blanks, dashes and Chinese words around it do not matter.

    Raises InvalidCode with the first group that cannot be right, or group 0 if the length is wrong; InvalidInput for a clue's number.
    """
    if clue_number(typed, date.max):
        raise InvalidInput("code", "number_for_code")
    bare = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isascii() and c.isalnum())
    if len(bare) != _LENGTH:
        raise InvalidCode(0)
    groups = [bare[i : i + FREE + 1] for i in range(0, _LENGTH, FREE + 1)]
    for position, group in enumerate(groups, start=1):
        if any(c not in _VALUE for c in group) or _check(group[:FREE]) != group[FREE]:
            raise InvalidCode(position)
    return "-".join(groups)


def code_hash(pepper: bytes, code: str) -> str:
    """What the database keeps of a canonical code: 64 hex digits of HMAC-SHA-256 under the installation's pepper."""
    return hmac.new(pepper, b"code-hash\0" + code.encode(), hashlib.sha256).hexdigest()


def _check(group: str) -> str:
    """The check character: weights 2..5 for the free characters, 1 for the check itself, all distinct modulo 31."""
    total = sum(weight * _VALUE[c] for weight, c in enumerate(group, start=2))
    return ALPHABET[-total % _BASE]
