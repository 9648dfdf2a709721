"""What is sealed opens under its own name and key alone, whole or not at all, a chunk at a time."""

from __future__ import annotations

import io
import os
import shutil
import tracemalloc

import pytest

from intake.errors import NotFound
from intake.services import vault
from tests.conftest import on_sqlite_alone

pytestmark = on_sqlite_alone


@pytest.mark.parametrize("size", [1, vault.CHUNK - 1, vault.CHUNK, vault.CHUNK + 1, 3 * vault.CHUNK])
def test_what_was_sealed_comes_back(tools, size):
    content = os.urandom(size)
    sealed = vault.put(io.BytesIO(content), tools)
    assert b"".join(vault.opened(sealed.name, tools)) == content
    [path] = tools.store.path.glob("??/*")
    assert path.stat().st_size == sealed.size
    assert content[:64] not in path.read_bytes() or size < 8
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: raw[: -vault.CHUNK - 16],
        lambda raw: raw[:-1],
        lambda raw: raw + b"x",
        lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
        lambda raw: raw[:20] + raw[20 + vault.CHUNK + 16 :],
        lambda raw: raw[:4] + bytes(16) + raw[20:],
        lambda raw: b"",
    ],
    ids=["a chunk cut off", "a byte cut off", "a byte added", "a bit turned", "the first chunk gone", "other salt", "empty"],
)  # fmt: skip
def test_a_sealed_file_that_was_touched_does_not_open(tools, harm):
    sealed = vault.put(io.BytesIO(os.urandom(2 * vault.CHUNK)), tools)
    [path] = tools.store.path.glob("??/*")
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(NotFound):
        list(vault.opened(sealed.name, tools))


def test_a_sealed_file_under_another_name_does_not_open(tools):
    first, second = (vault.put(io.BytesIO(os.urandom(99)), tools) for _ in range(2))
    shutil.copy(tools.store.path / first.name[:2] / first.name, tools.store.path / second.name[:2] / second.name)
    with pytest.raises(NotFound):
        list(vault.opened(second.name, tools))
    vault.drop([first.name, "0" * 32], tools)
    with pytest.raises(NotFound):
        list(vault.opened(first.name, tools))


def test_twenty_megabytes_are_sealed_in_the_memory_of_a_few_chunks(tools, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(20 * 2**20))
    tracemalloc.start()
    with path.open("rb") as source:
        sealed = vault.put(source, tools)
    assert sum(len(chunk) for chunk in vault.opened(sealed.name, tools)) == 20 * 2**20
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 2**20
