"""Full text of clues: jieba search-mode words in FTS5 on SQLite, in a tsvector with GIN on PostgreSQL.

The trigram tokenizer of SQLite misses two-character words (礼金), so the words are ours on both databases.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Select,
    SQLColumnExpression,
    TableClause,
    TextClause,
    and_,
    bindparam,
    column,
    exists,
    false,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session

from classifier import Segmenter, spellings
from intake.models import Attachment, Clue, Message, Note

#: What the two databases write differently, by dialect.
STATEMENTS = {
    "sqlite": {
        "delete": "DELETE FROM clue_words WHERE rowid = :id",
        "insert": "INSERT INTO clue_words (rowid, words) VALUES (:id, :words)",
        "match": "clue_words MATCH :query",
        "id": "rowid",
        "missing": "clue.id NOT IN (SELECT rowid FROM clue_words)",
        "all": "SELECT rowid AS clue_id, words FROM clue_words",
    },
    "postgresql": {
        "delete": "DELETE FROM clue_words WHERE clue_id = :id",
        "insert": "INSERT INTO clue_words (clue_id, words) VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))",
        "match": "clue_words.words @@ CAST(:query AS tsquery)",
        "id": "clue_id",
        "near": "clue_words.words @@ CAST(:marks AS tsquery)",
        "missing": "clue.id NOT IN (SELECT clue_id FROM clue_words)",
        "all": "SELECT clue_id, array_to_string(ARRAY(SELECT word FROM unnest(tsvector_to_array(words)) AS word WHERE word NOT LIKE '@%'), ' ') AS words FROM clue_words",
    },
}


#: A quotation mark of a word, and, or, and what makes a word a prefix; and binds more tightly in both.
_OPERATORS = {"sqlite": ('"', " AND ", " OR ", "*"), "postgresql": ("'", " & ", " | ", ":*")}
#: Digits in groups: 1,200. The index knows such a number by its groups and as one.
_GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[,，]\d{3})+(?!\d)")
_QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")
_AROUND = 30
#: Characters of a word that are indexed: PostgreSQL takes none of more than 2046 bytes.
LONGEST = 200
#: Where words about a clue stand beside the clue itself; those of a file were read by a machine.
_WRITTEN = (Message, Note, Attachment)


@dataclass(frozen=True)
class Words:
    """What is searched for: `match` on the index, whose only column here is a clue's id, and `said`, what is quoted, on the clue.

    `near`: where the index knows what reaches whom (migration 0030), the condition that a row is under one of the bound `marks`.
    """

    match: ColumnElement[bool] | TextClause
    index: TableClause
    said: tuple[ColumnElement[bool], ...] = ()
    near: TextClause | None = None

    @property
    def id(self) -> ColumnElement[int]:
        [clue_id] = self.index.c
        return clue_id

    def among(self, ids: Sequence[int]) -> ColumnElement[bool]:
        """The condition that a clue is one of these few and holds them."""
        named = (Clue.id + 0).in_(select(self.index).where(self.match))  # not to go by all that FTS5 names, but by the few
        return and_(Clue.id.in_(_written(ids)), named, *self.said)

    def joined(self, query: Select[int, date], *, ids: Sequence[int] = (), marks: Sequence[str] = ()) -> Select[int, date]:
        """A query of clues for those that hold them, among these `ids` or under one of these marks where there are any: a join,
        which the databases read from the newest clue back when it is ordered by `id`."""
        found = query.join(self.index, self.id == Clue.id).where(self.match, *self.said)
        if ids:
            found = found.where(self.id.in_(_written(ids)))
        if marks and self.near is not None:
            found = found.where(self.near.bindparams(marks=" | ".join(f"'{mark}'" for mark in marks)))
        return found


def _written(ids: Sequence[int]) -> BindParameter[Sequence[int]]:
    """A list for IN, written out: thousands of bound values take longer than the search."""
    return bindparam(None, ids, expanding=True, literal_execute=True)


def refresh(session: Session, clue: Clue, segmenter: Segmenter, known: Sequence[str] = ()) -> None:
    """Make `clue` findable by all that its page says in words: never by the reporter's contact, which is sealed.

    To be called whenever something was written; who may see the clue may see all of it. `known` are the words of its
    text and title where these were segmented before.
    """
    session.flush()
    passages = _passages(session, [clue])[clue.id]
    cut = (word for passage in passages[2 if known else 0 :] for word in segmenter.search_words(passage))
    numbers = (_one_number(grouped) for passage in passages for grouped in _GROUPED.findall(passage))
    _index(session, clue, [*known, *cut, *numbers])


def unindexed(session: Session, segmenter: Segmenter) -> list[Clue]:
    """Triaged clues that have words and cannot be found by them."""
    missing = text(STATEMENTS[session.get_bind().dialect.name]["missing"])
    rows = session.scalars(select(Clue).where(Clue.triaged_at.is_not(None), missing)).all()
    said = _passages(session, rows) if rows else {}
    return [clue for clue in rows if any(bare(w) for part in said[clue.id] for w in segmenter.search_words(part))]


def _index(session: Session, clue: Clue, words: Sequence[str]) -> None:
    statements = STATEMENTS[session.get_bind().dialect.name]
    session.execute(text(statements["delete"]), {"id": clue.id})
    distinct = " ".join(dict.fromkeys(word for raw in words if (word := bare(raw))))
    if distinct:
        session.execute(text(statements["insert"]), {"id": clue.id, "words": distinct})


def matching(session: Session, query: str, segmenter: Segmenter) -> Words:
    """What finds a clue: it holds all words of `query` in any order, the last one as a prefix, and what is quoted literally.

    The index finds by words; only what it found is read for the quotation, and for a single sign beside longer words: a
    sign alone is found where a word begins with it, for the index knows no more of it.
    """
    dialect = session.get_bind().dialect.name
    phrases = [phrase.strip() for phrase in _QUOTED.findall(query)]
    signs = [part for part in _QUOTED.sub(" ", query).split() if len(part) == 1 and part.isalnum()]
    longer = " ".join(part for part in query.split() if part not in signs)
    if signs and segmenter.search_words(longer):
        query, phrases = longer, phrases + signs
    groups = {_one_number(raw): [bare(w) for w in segmenter.search_words(raw)] for raw in _GROUPED.findall(query)}
    words = [word for raw in segmenter.search_words(_GROUPED.sub(lambda one: _one_number(one[0]), query)) if (word := bare(raw))]
    index = table("clue_words", column(STATEMENTS[dialect]["id"], BigInteger()))
    if not words:
        return Words(false(), index)
    match = text(STATEMENTS[dialect]["match"]).bindparams(query=_expression(dialect, words, groups))
    said = tuple(_holds(phrase) for phrase in phrases if phrase)
    near = STATEMENTS[dialect].get("near")
    return Words(match, index, said, text(near) if near else None)


def snippets(
    session: Session, rows: Sequence[Clue], query: str, segmenter: Segmenter
) -> dict[int, list[tuple[str, bool]]]:
    """For each clue the passage where the words of `query` stand, cut into (piece, whether it is a hit)."""
    found = {word for raw in segmenter.search_words(query) if (word := bare(raw))}
    words = sorted({spelling for word in found for spelling in spellings(word)}, key=len, reverse=True)
    if not words or not rows:
        return {}
    sign = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    passages = _passages(session, rows)
    return {clue.id: _marked(next((p for p in passages[clue.id] if sign.search(p)), clue.text), sign) for clue in rows}


def _marked(passage: str, sign: re.Pattern[str]) -> list[tuple[str, bool]]:
    first = sign.search(passage)
    start = max(0, first.start() - _AROUND) if first else 0
    window = passage[start : start + 3 * _AROUND]
    pieces = re.split(f"({sign.pattern})", window, flags=re.IGNORECASE)
    ends = ["…" if start else "", "…" if start + len(window) < len(passage) else ""]
    cut = [(piece, at % 2 == 1) for at, piece in enumerate(pieces)]
    return [one for one in [(ends[0], False), *cut, (ends[1], False)] if one[0]]


def _passages(session: Session, rows: Sequence[Clue]) -> dict[int, list[str]]:
    """Everything that stands on the pages of these clues, the reporter's words first: two queries for any number."""
    found = {clue.id: [clue.text, clue.title, clue.accused_name, clue.answer or ""] for clue in rows}
    for kind in _WRITTEN:
        said = select(kind.clue_id, kind.text).where(kind.clue_id.in_(found)).order_by(kind.id)
        for clue_id, words in session.execute(said):
            if clue_id is not None and words:
                found[clue_id].append(words)
    return found


def _holds(phrase: str) -> ColumnElement[bool]:
    written = spellings(phrase)
    own = (_has(column, written) for column in (Clue.text, Clue.title, Clue.accused_name, Clue.answer))
    said = (exists().where(kind.clue_id == Clue.id, _has(kind.text, written)) for kind in _WRITTEN)
    return or_(*own, *said)


def _has(column: SQLColumnExpression[str] | SQLColumnExpression[str | None], written: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(one, autoescape=True) for one in written))


def _one_number(grouped: str) -> str:
    """1,200 as 1200, in ASCII digits."""
    return "".join(str(unicodedata.digit(sign)) for sign in grouped if sign.isdigit())


def _expression(dialect: str, words: Sequence[str], groups: Mapping[str, Sequence[str]]) -> str:
    """The words as the index is asked for them; a number in `groups` also by its groups."""
    quote, both, either, prefix = _OPERATORS[dialect]

    def named(word: str) -> str:
        return f"{quote}{word}{quote}"

    terms = [f"({named(w)}{either}{both.join(map(named, groups[w]))})" if w in groups else named(w) for w in words]
    return both.join(terms) + ("" if words[-1] in groups else prefix)


def bare(word: str) -> str:
    """The word with nothing in it that either query language reads as a sign, as far as it is indexed."""
    return "".join(c for c in word.lower() if c.isalnum())[:LONGEST]
