"""A model is replaced by a better one only, and can be put back; what it learns from is what people decided."""

from __future__ import annotations

import os
import re
import shutil
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from classifier import Classifier, Example
from classifier.evaluate import Comparison
from intake.db import reading, transaction
from intake.errors import NotFound
from intake.models import AuditEntry
from intake.rules.workflow import Action, Role
from intake.services import audit, learning
from tests import factories as make
from tests.conftest import on_sqlite_alone


@pytest.fixture
def own_models(tools):
    """The test's models are copies, so that replacing one leaves the shared file alone."""
    for path in list(tools.models.iterdir()):
        fresh = path.with_name(path.name + ".copy")
        shutil.copyfile(path, fresh)
        fresh.replace(path)
    return tools


def test_only_what_a_person_decided_is_learned_from(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.clue(session, tools)
        moved = make.clue(session, tools, text="表格一天三变，同一户人家的数据报了四遍，系统里还要再录")
        make.act(session, moved, Action.ASSIGN, clerk, tools, category="ledgers")
        rejected = make.clue(session, tools, text="楼下烧烤半夜太吵，打了电话没人来")
        make.act(session, rejected, Action.ASSIGN, clerk, tools, category="checkins", secondary=["apps", "ledgers"])
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        make.act(session, rejected, Action.RETURN, handler, tools, text="不归我们管")
        make.act(session, rejected, Action.REJECT, clerk, tools, reason="public_service", text="请拨打 12345")
        examples = learning.decided(session)
    assert [(e.text, e.category, e.secondary, e.reason, e.weight) for e in examples] == [
        (moved.text, "ledgers", (), "", learning.WEIGHT),
        (rejected.text, "out_of_scope", (), "public_service", learning.WEIGHT),
    ]
    assert rejected.secondary == []
    assert all(isinstance(e, Example) for e in examples)


def test_new_decisions_judge_and_older_ones_train(database, tools, clock):
    clock.now -= learning.LATEST * 2
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        old = make.clue(session, tools)
        make.act(session, old, Action.ASSIGN, clerk, tools, category="checkins")
        clock.now += learning.LATEST * 2
        new = make.clue(session, tools, text="又要截图又要点赞，凑不满五百不让走")
        make.act(session, new, Action.ASSIGN, clerk, tools, category="likes")
        material = learning.gather(session, tools)
    assert [e.text for e in material.older] == [old.text]
    assert [e.text for e in material.latest] == [new.text]


def judged(candidate: float, current: float, candidate_latest=None, current_latest=None, latest: int = 0) -> Comparison:
    return Comparison(
        candidate=Classifier(), candidate_frozen=candidate, current_frozen=current, candidate_latest=candidate_latest,
        current_latest=current_latest, latest=latest, current_texts=1000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("comparison", "better"),
    [
        (None, True),
        (judged(0.82, 0.80, None, None, 0), True),
        (judged(0.80, 0.80, None, None, 0), False),
        (judged(0.79, 0.80, 0.95, 0.90, 40), False),
        (judged(0.82, 0.80, 0.85, 0.90, 40), False),
        (judged(0.80, 0.80, 0.95, 0.90, 40), True),
    ],
)
def test_a_candidate_must_lose_nowhere(comparison, better):
    assert learning.Outcome("x", comparison, 0).better is better


def test_a_model_is_put_in_service_and_put_back_with_an_audit_entry(database, own_models):
    tools = own_models
    learning.adopt(tools)
    [first] = learning.kept(tools)
    other = tools.models / "0123456789"
    shutil.copytree(tools.models / first.version, other)
    with transaction(database) as session:
        learning.put_in_service(session, first.version, tools=tools)
        with pytest.raises(NotFound):
            learning.put_in_service(session, "../../etc", tools=tools)
        with pytest.raises(NotFound):
            learning.put_in_service(session, "nothing", tools=tools)
    with reading(database) as session:
        [entry] = session.query(AuditEntry).filter_by(action="model_changed").all()
        assert entry.keys == {"model": first.version, "previous": first.version}
    assert [model.serves for model in learning.kept(tools) if model.version == first.version] == [True]


@on_sqlite_alone
def test_a_model_that_cannot_be_used_is_not_put_in_service(database, own_models, app):
    tools = own_models
    learning.adopt(tools)
    [first] = learning.kept(tools)
    other = tools.models / "0123456789"
    shutil.copytree(tools.models / first.version, other)
    card = other / "model.json"
    card.write_text(card.read_text("utf-8").replace(f'"numpy": "{version("numpy")}"', '"numpy": "1.0"'), "utf-8")
    done = app.test_cli_runner().invoke(args=["models", "--use", other.name])
    assert (done.exit_code, "分类模型用不了" in done.output, "软件版本" in done.output) == (1, True, True)
    assert tools.classifier().version == first.version


@on_sqlite_alone
def test_no_model_takes_its_place_before_the_log_says_so(database, own_models, monkeypatch):
    tools = own_models
    learning.adopt(tools)
    [first] = learning.kept(tools)
    before = tools.model_path.stat().st_mtime_ns
    monkeypatch.setattr(audit, "record", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction(database) as session:
        learning.put_in_service(session, first.version, tools=tools)
    assert tools.model_path.stat().st_mtime_ns == before


@on_sqlite_alone
@pytest.mark.parametrize("left", [None, "{", "{}"])
def test_a_model_half_kept_is_kept_anew(own_models, left):
    tools = own_models
    serving = tools.classifier().version
    half = tools.models / serving
    half.mkdir()
    (half / "model").write_bytes(tools.model_path.read_bytes()[:1000])
    if left is not None:
        (half / "model.json").write_text(left)
    assert learning.kept(tools) == []
    learning.adopt(tools)
    assert [one.version for one in learning.kept(tools)] == [serving]
    assert [path.name for path in tools.models.iterdir() if path.is_dir()] == [serving]


@on_sqlite_alone
def test_when_a_model_was_trained_does_not_change_with_a_copy(own_models):
    learning.adopt(own_models)
    [kept] = learning.kept(own_models)
    card = own_models.models / kept.version / "model.json"
    os.utime(card, (1.7e9, 1.7e9))
    assert learning.kept(own_models) == [kept]
    card.write_text(re.sub(r',\s*"trained_at": "[^"]+"', "", card.read_text("utf-8")), "utf-8")
    os.utime(card, (1.7e9, 1.7e9))
    assert learning.kept(own_models)[0].trained_at == datetime.fromtimestamp(1.7e9, UTC), "of older cards the file's"


def test_the_words_shown_come_from_the_shipped_corpus_alone(tools):
    words = learning.leaning_words(tools)
    assert len(words) == 19
    assert all(len(found) >= 5 for found in words.values())


def test_overrides_and_drift_are_counted(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools)
        label = clue.suggestion.label
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="likes" if label != "likes" else "apps")
        since = tools.now() - learning.LATEST
        assert learning.overrides(session, since) == {label: (1, 1)}
        [(week, triaged, _, changed)] = learning.weekly(session, since, tools=tools)
        assert (week, triaged, changed) == ("2026-W48", 1, 1)


@on_sqlite_alone
def test_a_week_begins_when_monday_begins_here(database, tools, clock):
    clock.now = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # Monday, seven in the morning in China
    with transaction(database) as session:
        make.clue(session, tools)
        assert [week for week, *_ in learning.weekly(session, clock.now - learning.LATEST, tools=tools)] == ["2026-W48"]
