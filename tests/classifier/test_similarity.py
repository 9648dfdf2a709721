import random

import pytest

from classifier import segmenter
from classifier.similarity import BANDS, fingerprint, shared_spans, similarity

TEXT = "镇里这个月第三次让我们把全村一千二百户的用水情况重新登记一遍，说是换了新表，其实只多了一栏，原来的数据一个字都不能沿用。"


def edited(text: str, share: float, seed: int) -> str:
    """The text with that share of its characters replaced."""
    chance = random.Random(seed)
    signs = list(text)
    for place in chance.sample(range(len(signs)), int(len(signs) * share)):
        signs[place] = chr(0x4E00 + chance.randrange(5000))
    return "".join(signs)


def test_the_same_text_is_wholly_similar_whatever_its_punctuation_and_script() -> None:
    assert similarity(TEXT, TEXT.replace("，", "。 ").replace("记", "記")) == 1.0
    assert fingerprint(TEXT) == fingerprint(TEXT.replace("，", ""))


def test_different_matters_are_not_similar() -> None:
    assert similarity(TEXT, "小区门口的路灯坏了半个月没人修") < 0.05
    assert similarity(TEXT, "") == 0.0


@pytest.mark.parametrize("seed", range(20))
def test_a_text_with_a_tenth_of_its_characters_changed_shares_a_band(seed: int) -> None:
    other = edited(TEXT, 0.1, seed)
    assert set(zip(range(BANDS), fingerprint(TEXT), strict=True)) & set(
        zip(range(BANDS), fingerprint(other), strict=True)
    )


def test_keys_fit_a_signed_64_bit_column_and_are_the_same_for_ever() -> None:
    keys = fingerprint(TEXT)
    assert len(keys) == BANDS and all(0 <= key < 2**63 for key in keys)
    assert fingerprint("一表多填") == fingerprint("一表多填")
    assert fingerprint("") == ()


def test_words_joined_are_fingerprinted_like_text() -> None:
    assert similarity(["一表", "多填", "太多"], "一表多填太多") == 1.0
    assert segmenter().search_words(TEXT)


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
