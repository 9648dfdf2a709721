"""Normal form of a text, with the way back to the original, and its words."""

from __future__ import annotations

import re
import tempfile
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

import opencc

DATA = Path(__file__).parent / "data"

# A run of eleven or more digits, masked or not, is a telephone, identity or card number.
_NUMBER = re.compile(r"[0-9][0-9*x]{10,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


class Normalised(NamedTuple):
    """A text in normal form; `offsets` is None where it is as long as the original, sign by sign."""

    text: str
    offsets: Sequence[int] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original text that the span [start, end) of the normal form came from."""
        if self.offsets is None or start >= end:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


class _Table(dict[int, str]):
    """Maps a code point to its normal form; filled as signs are met, so it stays small."""

    def __init__(self) -> None:
        super().__init__()
        self.irregular: set[str] = set()
        self._simplify = opencc.OpenCC("t2s").convert

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        plain = self._plain(sign)
        if len(plain) != 1:
            self.irregular.add(sign)
        self[code] = plain
        return plain

    def _plain(self, sign: str) -> str:
        category = unicodedata.category(sign)
        if category in {"Cf", "Mn", "Me"}:  # zero-width, bidi, variation selectors, stacked marks
            return ""
        if category[0] in "CZ":  # controls, spaces, surrogates, private use
            return " "
        plain = unicodedata.normalize("NFKC", sign)
        if plain == sign and category in {"So", "Sk"}:  # emoji and pictures
            return " "
        letters = "".join(letter for letter in plain if unicodedata.category(letter) not in {"Mn", "Me"})
        return str(self._simplify(letters)).lower()


@cache
def _table() -> _Table:
    return _Table()


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@cache
def _to_traditional() -> Sequence[Callable[[str], str]]:
    """The ways of traditional signs: the plain one, Taiwan's (群眾) and Hong Kong's (台賬)."""
    return [opencc.OpenCC(way).convert for way in ("s2t", "s2tw", "s2hk")]


def spellings(text: str) -> tuple[str, ...]:
    """A text as it is and as others write it: simplified and traditional, letters and digits of either width."""
    plain = text.translate(_table())
    narrow = (text, plain, *(convert(plain) for convert in _to_traditional()))
    return tuple(dict.fromkeys((*narrow, *(one.translate(_WIDE) for one in narrow))))


def normalise_with_offsets(text: str) -> Normalised:
    """The normal form together with the map back to `text`."""
    table = _table()
    plain = text.translate(table)
    offsets = None if table.irregular.isdisjoint(text) else _offsets(text, table)
    return Normalised(_mask(plain), offsets)


def _offsets(text: str, table: _Table) -> list[int]:
    return [place for place, sign in enumerate(text) for _ in table[ord(sign)]]


def _mask(text: str) -> str:
    text = _NUMBER.sub(_stars, text)
    return _MAIL.sub(_stars, text) if "@" in text else text


def _stars(match: re.Match[str]) -> str:
    return "*" * len(match[0])


def normalise(text: str) -> str:
    """NFKC, simplified, lower case; numbers of phones and papers masked; emoji and invisible signs gone."""
    return normalise_with_offsets(text).text


def read_words(name: str) -> list[str]:
    """The lines of a word list in data/, without comments and blanks."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@cache
def stop_words() -> frozenset[str]:
    """Words that say nothing about a category: never shown as its words, never the whole of an evidence span."""
    return frozenset(read_words("stopwords.txt"))


Token = tuple[str, int, int]


class _Engine(Protocol):
    def add_word(self, word: str, freq: int | None, tag: str | None) -> object: ...

    def tokenize(self, text: str, mode: str) -> Sequence[Token]: ...


def _engine(name: str | None) -> _Engine:
    """rjieba (12 to 16 times as fast, the same dictionary) where it is installed, else jieba."""
    if name != "jieba":
        try:
            import rjieba
        except ImportError:
            if name == "rjieba":
                raise
        else:
            own: _Engine = rjieba.Jieba()
            return own
    return _jieba()


def _jieba() -> _Engine:
    with warnings.catch_warnings():  # jieba 0.42.1 has invalid escapes and imports pkg_resources
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    # Its cache would be a predictable file in the shared temporary folder.
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    engine: _Engine = tokenizer
    return engine


class Segmenter:
    """Cuts texts into search-mode words; loaded once, safe to share between threads."""

    def __init__(self, engine: str | None = None) -> None:
        self._engine = _engine(engine)
        for word in read_words("words.txt"):
            self._engine.add_word(word, 20_000, "n")

    def tokens(self, normalised: str) -> list[Token]:
        """(word, start, end) of a text already in normal form; signs that are no words left out."""
        # Only at these two signs do jieba and rjieba disagree (0000-0000, 3.5): both cut them off.
        cut = self._engine.tokenize(normalised.replace("-", " ").replace(".", " "), "search")
        return [token for token in cut if token[0].isalnum()]

    def search_words(self, text: str) -> list[str]:
        """The words of any text, for the index and for queries alike, in reading order."""
        return [token[0] for token in self.tokens(normalise(text))]


@cache
def segmenter() -> Segmenter:
    """The process's one segmenter."""
    return Segmenter()
