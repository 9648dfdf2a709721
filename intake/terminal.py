"""How commands speak to the operator."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError

from classifier import ModelError
from intake import labels
from intake.errors import DomainError


def say(text: str) -> None:
    click.echo(text)


@contextmanager
def sentences() -> Iterator[None]:
    """Turns what can go wrong into one line for the operator instead of a traceback."""
    try:
        yield
    except DomainError as error:
        sys.exit(labels.sentence(error))
    except ModelError as error:
        sys.exit(labels.MODEL_PROBLEMS[error.problem])
    except OSError as error:
        sys.exit(labels.disk_sentence(error))
    except DBAPIError as error:
        sys.exit(f"数据库用不了：{error.orig}\n请核对 SONGBANG_DATABASE_URL 和磁盘空间（flask config 列出设置）")
