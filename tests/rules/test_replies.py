"""What a reply is held back for, sentence by sentence."""

from __future__ import annotations

import pytest

from intake.rules.replies import Doubt, Finding, find, spans

PLAIN = "您反映的情况属实。签到要求已于 11 月 20 日取消，被扣的绩效已退回。"


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        (PLAIN, []),
        ("请拨打 0511-84400000 或 12345。", []),
        ("我们打了 13812345678 核实。", [("13812345678", Doubt.PHONE)]),
        ("电话 138 1234 5678", [("138 1234 5678", Doubt.PHONE)]),
        ("证号 32110219900101123X。", [("32110219900101123X", Doubt.ID_NUMBER)]),
        ("王先生反映的问题", [("王先生", Doubt.NAME)]),
        ("李某某说的情况", [("李某某", Doubt.NAME)]),
        ("张建国女士", [("张建国女士", Doubt.NAME)]),
        ("经与先生们核对", []),
        ("已于【日期】取消", [("【日期】", Doubt.BLANK)]),
        ("已于【日期", [("【日期", Doubt.BLANK)]),
        ("我们将督促整改。", [("将", Doubt.PROMISE)]),
        ("我们会处理", [("会", Doubt.PROMISE)]),
        ("尽快答复您；已经停止。", [("尽快", Doubt.PROMISE)]),
        ("月底前取消", [("月底前", Doubt.PROMISE)]),
        ("11 月底前取消。12 月 5 日前会公布。", []),
        ("将在十个工作日内整改。", []),
        ("今后不会再要求报送。社区会议已经合并。", []),
        ("会议由每周一次改为每月一次。", []),
    ],
)
def test_a_reply_is_held_back_for(text, passages):
    assert [(text[one.start : one.end], one.doubt) for one in find(text)] == passages


def test_a_name_that_is_known_is_found_wherever_it_stands():
    assert find("阿依古丽的来信，阿依古丽", names=["阿依古丽", ""]) == [
        Finding(0, 4, Doubt.NAME),
        Finding(8, 12, Doubt.NAME),
    ]


def test_a_template_sent_as_it_is():
    text = "情况已经核实。\n"
    assert [one.doubt for one in find(text, templates=["情况已经核实。"])] == [Doubt.UNCHANGED]
    assert not find(text + "签到已取消。", templates=["情况已经核实。"])


def test_passages_to_mark_do_not_overlap():
    found = find("将由王先生【王先生】", names=["王先生"], templates=["将由王先生【王先生】"])
    assert spans(found) == [(0, 1), (2, 5), (5, 10)]
