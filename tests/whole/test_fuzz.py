"""Hostile input is answered: a short run of bench/fuzz.py, whose long one has 100,000 inputs."""

from __future__ import annotations

import random

import pytest
from flask import Flask

from bench import fuzz
from intake.rules.codes import parse_code


def test_no_field_parameter_or_parser_fails_on_hostile_input(app):
    fuzz.furnish(app)
    outcome, dice = fuzz.Outcome(), random.Random(7)
    fuzz.parsers(app, dice, outcome, 400)
    fuzz.requests(app, dice, outcome, 300)
    assert outcome.failed == {}
    assert outcome.tried["requests"] == 300 and len(outcome.tried) == 9


def test_a_failure_is_seen_and_a_refusal_is_none():
    outcome = fuzz.Outcome()
    outcome.run("code", "x", lambda: parse_code("x") and None)
    outcome.run("number", "²", lambda: int("²") and None)
    [what] = outcome.failed
    assert what.startswith("number: ValueError at test_fuzz.py:") and outcome.failed[what] == "²"


def test_an_answer_of_500_is_a_failure():
    app = Flask("broken")
    app.add_url_rule("/", view_func=lambda: str(1 // 0))
    with pytest.raises(RuntimeError, match="500"):
        fuzz._send(app.test_client(), "/", "GET", {}, None, [])


def test_names_are_read_from_forms_and_source():
    asked, sent = fuzz.names()
    assert {"words", "do", "before", "next", "tab"} <= set(asked)
    assert {"text", "code", "version", "accused_level", "delegation", "step"} <= set(sent)
