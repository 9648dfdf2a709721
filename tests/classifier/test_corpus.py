import json
from dataclasses import replace
from pathlib import Path

import pytest

from classifier import CorpusError, Example, corpus

LINE = {
    "text": "镇里一周来了四拨检查组，每拨都要看同一间会议室",
    "category": "inspections",
    "secondary": [],
    "reason": "",
    "level": "township",
    "voice": "spoken",
    "border": "",
}


def test_the_shipped_corpus_is_sound(examples: list[Example]) -> None:
    assert corpus.check(examples) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"category": "meeting"}, "unknown category 'meeting'"),
        ({"secondary": ["inspections"]}, "equals the primary"),
        ({"secondary": ["nothing"]}, "not up to two categories"),
        ({"secondary": ["ledgers", "apps", "likes"]}, "not up to two categories"),
        ({"reason": "labour"}, "does not fit category"),
        ({"category": "out_of_scope"}, "does not fit category"),
        ({"level": "planet"}, "unknown level"),
        ({"border": "planet"}, "unknown border"),
        ({"text": " "}, "no text"),
    ],
)
def test_a_bad_line_is_refused_with_its_file_and_number(tmp_path: Path, change: dict[str, object], said: str) -> None:
    path = tmp_path / "03_inspections.jsonl"
    lines = [LINE, LINE | change]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    with pytest.raises(CorpusError, match=rf"^03_inspections\.jsonl:2: .*{said}"):
        corpus.read(tmp_path)


@pytest.mark.parametrize("line", ["{", "[]", "3", '{"text": "没有类别"}'])
def test_a_line_that_is_no_example_is_refused(line: str) -> None:
    with pytest.raises(CorpusError, match=r"^x\.jsonl:1: "):
        corpus.parse(line, "x.jsonl:1")


def test_a_near_duplicate_is_found_and_named(examples: list[Example]) -> None:
    long = next(row for row in examples if len(row.text) > 150)
    copy = replace(long, text=long.text.replace("，", "；", 2) + "请领导重视。", where="copy.jsonl:1")
    assert any(said.startswith("copy.jsonl:1: near duplicate of") for said in corpus.check([*examples, copy]))


def test_a_run_of_twelve_characters_in_four_texts_is_found(examples: list[Example]) -> None:
    heads = ["早", "中", "晚", "夜"]
    planted = [
        Example(head * 9 + "这十二个字一直跟着走来走去" + head * 9, "meetings", where=f"p:{n}")
        for n, head in enumerate(heads)
    ]
    said = [line for line in corpus.check([*examples, *planted]) if "stands in 4 texts" in line]
    assert said and "p:0" in said[0]
    assert not [line for line in corpus.check([*examples, *planted[:3]]) if "stands in" in line]


def test_a_thin_category_a_missing_reason_and_a_broken_pair_are_found(examples: list[Example]) -> None:
    without = [row for row in examples if row.category != "visits" and row.reason != "secret"]
    halves = [row for row in without if not (row.pair and row.category == "perfunctory")]
    said = "\n".join(corpus.check(halves))
    assert "16_visits.jsonl: 0 texts" in said
    assert "no text with reason secret" in said
    assert "is not one text of each side" in said
