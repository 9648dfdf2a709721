"""Hostile input is answered: a short run of bench/fuzz.py, whose long one has 100,000 inputs, and proof that it sees what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask, make_response, request
from wtforms import StringField
from wtforms.validators import Length

from bench import fuzz, fuzz_pages
from intake import access
from intake.forms import ChineseForm
from intake.logs import log
from intake.security import csrf
from tests.conftest import on_sqlite_alone

#: werkzeug leaves the part of a form that is cut off to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in.*SpooledTemporaryFile")

PAGE = '<!DOCTYPE html><html lang="zh-CN"><title>页</title><h1>页</h1><main>{}</main>'
FORM = '<form method="post"><p class="message">{}</p><input name="planted_word" value="{}"></form>'


class PlantedForm(ChineseForm):
    planted_word = StringField("词", validators=[Length(max=3, message="太长")])


def test_no_address_field_or_parameter_fails_on_hostile_input(app):
    fuzz.furnish(app)
    outcome = fuzz_pages.Outcome()
    fuzz_pages.run(app, outcome, 120, 7, most_roles=1)
    assert outcome.failed == {}
    assert outcome.tried["requests"] == 120
    assert {200, 303, 404} <= set(outcome.answers)


def broken_parameter() -> str:
    return PAGE.format(int(request.args.get("planted_query", "1")))


def broken_field() -> str:
    return PAGE.format(int(PlantedForm().planted_word.data or "1"))


def english() -> tuple[str, int]:
    return PAGE.format(FORM.format("Not a valid choice", request.args.get("a", ""))), 200


def inline() -> str:
    return PAGE.format("<p style='color:red'>红</p>")


def forgetful() -> tuple[str, int]:
    form = PlantedForm()
    return PAGE.format(FORM.format("请改短", "")), 200 if form.validate() else 422


def talkative() -> str:
    log.error(f"asked {request.args.get('planted_query')}")
    return PAGE.format("")


def unframed() -> object:
    answer = make_response(PAGE.format(""))
    answer.headers["Content-Security-Policy"] = "default-src *"
    return answer


@on_sqlite_alone
@pytest.mark.parametrize(
    ("view", "seen"),
    [
        (broken_parameter, "500 ValueError"), (broken_field, "500 ValueError"), (english, "not Chinese"), (inline, "something inline"),
        (forgetful, "lost what was typed in planted_word"), (talkative, "a text in the log"), (unframed, "policy default-src *"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found_without_a_word_in_the_fuzzer(app, monkeypatch, view, seen):
    assert failures(app, monkeypatch, view, seen)


@on_sqlite_alone
def test_a_view_that_takes_a_post_without_a_token_is_found(app, monkeypatch):
    monkeypatch.setattr(csrf, "_exempt_views", {*csrf._exempt_views, f"{broken_field.__module__}.{broken_field.__name__}"})
    assert failures(app, monkeypatch, broken_field, "without a token")


def failures(app: Flask, monkeypatch: pytest.MonkeyPatch, view, seen: str) -> list[str]:
    """Plant a view and fuzz it alone; what was found of the kind that is sought."""
    app.add_url_rule("/planted", "planted", view, methods=["GET", "POST"])
    monkeypatch.setitem(access.ACCESS, "planted", access.PUBLIC)
    fuzz.furnish(app)
    outcome = fuzz_pages.Outcome()
    fuzz_pages.run(app, outcome, 300, 3, {"planted"})
    return [what for what in outcome.failed if seen in what]


@on_sqlite_alone
def test_every_field_of_every_form_and_every_parameter_that_a_view_asks_for_is_among_what_is_sent(app):
    fuzz.furnish(app)
    kinds = fuzz_pages.field_kinds()
    assert {"planted_word", "verdict", "times_a_month", "username", "slug"} <= set(kinds)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint in ("console.queue", "public.new_clue", "console.sign_in")]
    asked = fuzz_pages.survey(app, fuzz_pages.Doors(app), rules)
    assert {"words", "region", "due", "after"} <= set(asked["console.queue"])
    assert {"text", "place1", "stamp", "key", "go", "contact_way"} <= set(asked["public.new_clue"])
    assert {"username", "password"} <= set(asked["console.sign_in"])


def test_a_parser_is_fuzzed_in_a_process_and_what_it_does_not_declare_is_told(tmp_path: Path):
    run = fuzz.parser("code", 300, tmp_path / "code")
    assert run.failed == () and run.inputs >= 300 and run.coverage > 5
