"""Query codes catch what people mistype and tell them where."""

import itertools
import math
import secrets

import pytest

from intake.errors import InvalidCode
from intake.rules.codes import ALPHABET, FREE, GROUPS, code_from, code_hash, parse_code

SECRET = b"s" * 32
CODES = [code_from(SECRET, f"key-{n}") for n in range(40)]


def test_a_code_carries_at_least_79_bits():
    assert GROUPS * FREE * math.log2(len(ALPHABET)) >= 79


def test_the_same_key_gives_the_same_code_and_another_secret_another():
    assert code_from(SECRET, "k") == code_from(SECRET, "k")
    assert code_from(SECRET, "k") != code_from(b"t" * 32, "k")


def test_codes_of_many_keys_use_the_whole_alphabet_and_do_not_repeat():
    codes = {code_from(SECRET, secrets.token_hex(8)) for _ in range(2000)}
    assert len(codes) == 2000
    assert set("".join(codes)) - {"-"} == set(ALPHABET)


@pytest.mark.parametrize("code", CODES[:5])
def test_case_blanks_and_dashes_do_not_matter(code):
    assert parse_code(f"  {code.lower().replace('-', ' ')} ") == code


@pytest.mark.parametrize("code", CODES)
def test_every_wrong_character_is_caught_and_its_group_named(code):
    for position, right in enumerate(code):
        if right == "-":
            continue
        for wrong in ALPHABET:
            if wrong == right:
                continue
            with pytest.raises(InvalidCode) as caught:
                parse_code(code[:position] + wrong + code[position + 1 :])
            assert caught.value.group == code[:position].count("-") + 1


@pytest.mark.parametrize("code", CODES)
def test_every_swap_of_neighbours_is_caught(code):
    bare = code.replace("-", "")
    for at in range(len(bare) - 1):
        if bare[at] == bare[at + 1]:
            continue
        with pytest.raises(InvalidCode):
            parse_code(bare[:at] + bare[at + 1] + bare[at] + bare[at + 2 :])


@pytest.mark.parametrize("typed", ["", "K7PQ", "A" * 19, "A" * 21])
def test_a_wrong_length_is_said_as_such(typed):
    with pytest.raises(InvalidCode) as caught:
        parse_code(typed)
    assert caught.value.group == 0


@pytest.mark.parametrize("lookalike", "0O1IL")
def test_look_alikes_never_occur(lookalike):
    assert lookalike not in ALPHABET


def test_the_hash_depends_on_the_pepper():
    hashes = {code_hash(pepper, code) for pepper, code in itertools.product([b"a" * 32, b"b" * 32], CODES)}
    assert len(hashes) == 2 * len(CODES)


@pytest.mark.parametrize("write", [
    lambda code: "".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in code),
    lambda code: f"查询码：{code.lower()}。",
    lambda code: code.replace("-", "　"),
])  # fmt: skip
def test_width_and_the_words_around_a_code_do_not_matter(write):
    code = code_from(b"secret", "key")
    assert parse_code(write(code)) == code
