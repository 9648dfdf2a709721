"""Full text of clues: jieba search-mode words in FTS5 on SQLite, in a tsvector with GIN on PostgreSQL.

The trigram tokenizer of SQLite misses two-character words (礼金), so the words are ours on both databases.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, false, text
from sqlalchemy.orm import Session

from classifier import Segmenter
from intake.models import Clue

_STATEMENTS = {
    "sqlite": {
        "delete": "DELETE FROM clue_words WHERE rowid = :id",
        "insert": "INSERT INTO clue_words (rowid, words) VALUES (:id, :words)",
        "match": "clue.id IN (SELECT rowid FROM clue_words WHERE clue_words MATCH :query)",
    },
    "postgresql": {
        "delete": "DELETE FROM clue_words WHERE clue_id = :id",
        "insert": "INSERT INTO clue_words (clue_id, words) VALUES (:id, array_to_tsvector(string_to_array(:words, ' ')))",
        "match": "clue.id IN (SELECT clue_id FROM clue_words WHERE words @@ CAST(:query AS tsquery))",
    },
}


def index(session: Session, clue: Clue, words: Sequence[str]) -> None:
    """Make `clue` findable by `words`; what was indexed before is replaced."""
    statements = _STATEMENTS[session.get_bind().dialect.name]
    session.execute(text(statements["delete"]), {"id": clue.id})
    distinct = " ".join(dict.fromkeys(word for raw in words if (word := _bare(raw))))
    if distinct:
        session.execute(text(statements["insert"]), {"id": clue.id, "words": distinct})


def matching(session: Session, query: str, segmenter: Segmenter) -> ColumnElement[bool]:
    """A condition on Clue: its text holds all words of `query`, the last one as a prefix."""
    dialect = session.get_bind().dialect.name
    words = [word for raw in segmenter.search_words(query) if (word := _bare(raw))]
    if not words:
        return false()
    match = text(_STATEMENTS[dialect]["match"])
    return match.bindparams(bindparam("query", _expression(dialect, words)))  # type: ignore[return-value]


def _expression(dialect: str, words: Sequence[str]) -> str:
    if dialect == "sqlite":
        return " ".join(f'"{word}"' for word in words) + "*"
    return " & ".join(f"'{word}'" for word in words) + ":*"


def _bare(word: str) -> str:
    """The word with nothing in it that either query language reads as a sign."""
    return "".join(c for c in word.lower() if c.isalnum())
