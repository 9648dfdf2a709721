"""A model is replaced by a better one only, and can be put back; what it learns from is what people decided."""

from __future__ import annotations

import shutil

import pytest

from classifier import Classifier, Example
from classifier.evaluate import Comparison
from intake.db import reading, transaction
from intake.errors import NotFound
from intake.models import AuditEntry
from intake.rules.workflow import Action, Role
from intake.services import learning
from tests import factories as make


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
        make.act(session, rejected, Action.REJECT, clerk, tools, reason="public_service", text="请拨打 12345")
        examples = learning.decided(session)
    assert [(e.text, e.category, e.reason, e.weight) for e in examples] == [
        (moved.text, "ledgers", "", learning.WEIGHT), (rejected.text, "out_of_scope", "public_service", learning.WEIGHT),
    ]  # fmt: skip
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
        [(week, triaged, _, changed)] = learning.weekly(session, since)
        assert (week, triaged, changed) == ("2026-W48", 1, 1)
