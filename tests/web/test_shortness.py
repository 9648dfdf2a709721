"""The platform keeps to its own rule: the shortest honest clue asks little, and its pages are light."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests import factories as make
from tests.web.client import Client

MOST_ASKED = 6
MOST_BYTES = 15_000
#: The buttons pressed and what is typed before each: the place is chosen list by list, as without script.
WAY = [
    ("next", {"text": make.STORY}),
    ("check", {"place1": "320000"}),
    ("check", {"place2": "321100"}),
    ("check", {"place3": "321112"}),
    ("check", {}),
    ("send", {}),
]


@pytest.fixture
def client(app):
    return Client(app)


def asked(page) -> set[str]:
    """What a page asks a person; a group of choices is one question, and so are the lists of the place."""
    controls = "//main//*[self::textarea or self::select or self::input[not(@type='hidden')]][not(ancestor::*[@aria-hidden='true'])]/@name"
    return {name.rstrip("1234") for name in page.tree.xpath(controls)}


def test_the_shortest_honest_clue_is_asked_at_most_six_things(client):
    page, seen = client.get("/clues/new"), set()
    for button, typed in WAY:
        seen |= asked(page)
        page = client.send(page, button=button, **typed)
    assert page.h1 == "线索已收到"
    assert seen == {"text", "place", "accused_level", "accused_name", "files"}
    assert len(seen) <= MOST_ASKED


def test_two_answers_are_enough_and_each_is_needed(client):
    page = client.send(client.get("/clues/new"), status=422, button="next", text="")
    page = client.send(page, button="next", text=make.STORY)
    page = client.send(page, status=422, button="check")
    page = client.send(page, button="check", place1="320000", listed="320000")
    assert page.h1.startswith("请核对")
    assert client.send(page, button="send").h1 == "线索已收到"


def weight(page, folder: Path) -> int:
    """Bytes of a page and of every part it names, compressed."""
    parts = {folder / Path(part).name for part in page.tree.xpath("//link/@href | //script/@src")}
    return sum(len(gzip.compress(part)) for part in [page.text.encode(), *(part.read_bytes() for part in parts)])


@pytest.mark.parametrize("address", ["/clues/new", "/clues/new?big=1", "/clues/new?notice=changde"])
def test_no_page_of_the_form_weighs_more_than_15_kb(app, client, address):
    page = client.get(address)
    for button, typed in [("story", {}), *WAY[:-1], ("back", {}), ("next", {})]:
        page = client.send(page, button=button, **typed)
        assert weight(page, Path(app.static_folder)) < MOST_BYTES, page.h1


def test_scripts_are_plain_enough_for_an_old_web_view(app):
    """No word or sign that came after ECMAScript 5; strings and comments may say what they like."""
    newer = re.compile(
        r"=>|`|\?\.(?!\d)|\?\?|\.\.\.|\b(?:let|const|class|async|await|import|export)\b|\bfor\s*\([^;)]*\bof\b"
    )
    quiet = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\n])*\"|'(?:\\.|[^'\n])*'", re.DOTALL)
    scripts = sorted(Path(app.static_folder).glob("*.js"))
    assert scripts
    for script in scripts:
        assert newer.findall(quiet.sub('""', script.read_text("utf-8"))) == [], script.name
    assert newer.search("a => b") and newer.search("const a") and newer.search("a?.b")
