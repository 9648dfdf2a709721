import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.text import Segmenter, normalise, normalise_with_offsets, segmenter

SENTENCES = [
    "每天在工作群里打卡，还要登录学习强国，积分不够就点名通报",
    "镇里一周来了四拨检查组，台账要各做一份。",
    "我家的宅基地2019年就批了，到现在没有发证",
    "县局3.5公里外的项目-2号点位，电话0730-8888888",
]


@pytest.mark.parametrize(
    ("given_text", "normal"),
    [
        ("ＡＰＰ　１２３", "app 123"),
        ("開會打卡填臺賬", "开会打卡填台账"),
        ("打\u200b卡\u202e\ufeff", "打卡"),
        ("打卡😀👍🏽打卡", "打卡   打卡"),
        ("100㎡，①是", "100m2,1是"),
        ("电话13812345678找我", "电话***********找我"),
        ("身份证43072219900101123X", "身份证" + "*" * 18),
        ("手机138****5678", "手机" + "*" * 11),
        ("写信到a.b@example.com吧", "写信到" + "*" * 15 + "吧"),
        ("今年2024年有12345热线", "今年2024年有12345热线"),
        ("一行\r\n二行\x00三", "一行  二行 三"),
        ("\ud800坏", " 坏"),
        ("", ""),
    ],
)
def test_normal_form_is_the_same_for_what_reads_the_same(given_text: str, normal: str) -> None:
    assert normalise(given_text) == normal


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet="每天打卡Ａ㎡①\u200b\U0001f600開,， 1a", max_size=30), st.data())
@settings(max_examples=200, deadline=None)
def test_every_span_of_the_normal_form_maps_to_where_it_came_from(text: str, data: st.DataObject) -> None:
    normal = normalise_with_offsets(text)
    if not normal.text:
        return
    start = data.draw(st.integers(0, len(normal.text) - 1))
    end = data.draw(st.integers(start + 1, len(normal.text)))
    a, b = normal.original(start, end)
    assert 0 <= a < b <= len(text)
    assert normal.text[start:end] in normalise(text[a:b])


@pytest.mark.parametrize("sentence", SENTENCES)
def test_both_segmenters_give_the_same_words(sentence: str) -> None:
    assert Segmenter("jieba").search_words(sentence) == Segmenter("rjieba").search_words(sentence)


def test_two_character_words_inside_longer_ones_are_found() -> None:
    assert {"工作", "工作群"} <= set(segmenter().search_words("微信工作群"))


def test_query_in_traditional_characters_finds_simplified_words() -> None:
    assert segmenter().search_words("開會") == segmenter().search_words("开会")


def test_words_carry_no_punctuation_and_no_telephone() -> None:
    words = segmenter().search_words("打电话13812345678，没人接！！")
    assert "13812345678" not in words
    assert all(word.isalnum() for word in words)


def test_a_users_word_does_not_leak_into_the_shared_dictionary() -> None:
    import rjieba

    Segmenter()
    assert "一表多填" not in rjieba.cut("一表多填")
