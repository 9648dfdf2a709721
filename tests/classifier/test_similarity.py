import json
from pathlib import Path

import pytest

from classifier.similarity import ALIKE, COPIED, keys, likeness, shared_spans

TEXT = "镇里这个月第三次让我们把全村一千二百户的用水情况重新登记一遍，说是换了新表，其实只多了一栏，原来的数据一个字都不能沿用。"
PAIRS = [json.loads(line) for line in Path("tests/data/rewritten_pairs.jsonl").read_text("utf-8").splitlines()]


def found(one: str, other: str) -> bool:
    return likeness(one, other) >= ALIKE and not set(keys(one)).isdisjoint(keys(other))


def test_a_burden_told_again_is_found_and_another_of_the_same_place_and_kind_is_not():
    """On the half of the pairs that nothing was chosen by: recall at least 0.95 at a precision of at least 0.90."""
    unseen = PAIRS[1::2]
    right = sum(found(pair["text"], pair["again"]) for pair in unseen)
    wrong = sum(found(pair[side], pair["other"]) for pair in unseen for side in ("text", "again"))
    assert len(PAIRS) >= 120
    assert right / len(unseen) >= 0.95
    assert right / (right + wrong) >= 0.90


def test_the_same_text_is_wholly_alike_whatever_its_punctuation_and_script():
    other = TEXT.replace("，", "。 ").replace("记", "記")
    assert likeness(TEXT, other) == pytest.approx(1)
    assert keys(TEXT) == keys(other)


def test_a_slip_of_the_pen_is_a_copy_and_a_rewritten_text_is_not():
    assert likeness(TEXT, TEXT.replace("栏", "兰")) >= 0.9
    assert likeness(TEXT * 2, TEXT * 2 + "！！求") >= COPIED
    assert all(likeness(pair["text"], pair["again"]) < COPIED for pair in PAIRS if pair["how"] == "paraphrase")


@pytest.mark.parametrize("length", [1, 2, 4, 8])
def test_matters_that_differ_are_not_alike_however_long_they_are_told(length):
    """Long texts share most common characters by chance, and chance is taken out."""
    one, other = (
        "".join(pair[side] for pair in part) for part, side in ((PAIRS[:length], "text"), (PAIRS[-length:], "text"))
    )
    assert likeness(one, other) < ALIKE / 2


def test_a_text_without_letters_is_like_nothing():
    assert likeness(TEXT, "。。") == likeness("", "") == 0
    assert keys("") == ()


def test_keys_fit_a_signed_64_bit_column_and_are_the_same_for_ever():
    assert all(0 <= key < 2**63 for key in keys(TEXT))
    assert len(set(keys(TEXT))) == 28
    assert min(keys("一表多填")) == 839837831856111735


@pytest.mark.parametrize(
    ("text", "other", "said"),
    [
        ("每天早上八点前签到，晚了点名", "他们要求每天早上八点前签到", ["每天早上八点前签到"]),
        ("月底按签到率排名，还要写说明", "还要写说明。月底按签到率排名", ["月底按签到率排名", "还要写说明"]),
        ("牌子太多", "表格太多", []),
        ("", "每天早上", []),
        ("签到", "签到", []),
    ],
)
def test_what_two_texts_both_say_is_found_in_whatever_order(text, other, said):
    assert [text[start:end] for start, end in shared_spans(text, other)] == said
