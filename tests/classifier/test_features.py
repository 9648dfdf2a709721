import numpy as np
import pytest

from classifier import features
from classifier.features import CUT, Lexicon, Table, intact, letters, lexicon, read, runs
from classifier.text import segmenter
from classifier.vocabulary import BLOCKS, Vocabulary, concentration


def test_digits_read_alike_and_punctuation_cuts() -> None:
    assert (letters("第12次") == letters("第90次")).all()
    assert letters("会，会")[1] == CUT


def test_no_run_goes_over_a_cut() -> None:
    found = read("开会，填表", "", segmenter()).all_runs(2)
    assert len(found[1]) == 4
    assert len(intact(found)[1]) == 2


def test_the_same_run_has_the_same_hash_wherever_it_stands() -> None:
    here, there = runs(letters("天天开会")), runs(letters("又要天天开会了"))
    for row in range(4):
        assert (here[row, : 4 - row] == there[row, 2 : 6 - row]).all()


@pytest.mark.parametrize("size", [*range(60), 5_000, 2**14 - 1])
def test_every_known_hash_is_found_in_the_order_of_the_text_and_no_other(size: int) -> None:
    drawn = np.random.default_rng(size).integers(1, 2**63, 2 * size).astype(np.uint64)
    indices, ids = Table(drawn[:size], np.arange(size) + 7).locate(drawn[::-1])
    assert indices.tolist() == list(range(size, 2 * size))
    assert ids.tolist() == list(range(size + 6, 6, -1))


def test_of_a_hash_that_stands_twice_the_first_id_counts() -> None:
    twice = np.array([5, 9, 5, 5], np.uint64)
    assert Table(twice, np.arange(4)).locate(twice)[1].tolist() == [0, 1, 0, 0]


def test_the_title_and_the_body_are_read_in_one_go_but_known_apart() -> None:
    document = read("天天开会", "又要填表", segmenter())
    assert document.start == 5 and document.title_given == 5
    assert [len(row) for row in document.title_runs(2)] == [4, 3]
    assert [len(row) for row in document.opening_runs(25, 2)] == [4, 3]


def test_signs_that_vanish_do_not_shift_the_body() -> None:
    document = read("开会", "\u200b填\u200b表\u200b", segmenter())
    assert document.normal.text == "填表 开会"
    assert document.normal.text[document.start :] == "开会"


@pytest.mark.parametrize("line", ["a: 一", "a: 这个太长的提示词", "a: 开，会"])
def test_a_cue_of_the_wrong_shape_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="is not two to six letters"):
        Lexicon.parse([line])


def test_a_cue_stands_under_one_name_only() -> None:
    with pytest.raises(ValueError, match="earlier name"):
        Lexicon.parse(["a: 开会", "b: 开会"])


def test_the_shipped_cues_can_be_read() -> None:
    assert len(lexicon().names) == len(set(lexicon().names)) > 30
    assert set(lexicon().cues) == set(range(len(lexicon().names)))


def test_a_feature_of_one_label_tells_more_than_one_of_all() -> None:
    shown = [np.array([0, 1]), np.array([0, 1]), np.array([0]), np.array([0])]
    tells = concentration(shown, np.array([0, 0, 1, 1]), 2)
    assert tells[1] > tells[0]


def test_each_block_has_its_length_whatever_the_text() -> None:
    texts = ["镇里天天开会", "镇里天天开会，村里天天填表，填完再填"] * 2
    documents = [read(text, "开会太多", segmenter()) for text in texts]
    vocabulary, _ = Vocabulary.learn(documents, np.array([0, 1, 0, 1]))
    for document in documents:
        seen = vocabulary.see(document)
        for name, length in BLOCKS.items():
            block = vocabulary.block(name)
            inside = (seen.found.ids >= block.start) & (seen.found.ids < block.stop)
            if inside.any():
                assert float(np.linalg.norm(seen.values[inside])) == pytest.approx(length, rel=1e-5)


def test_occurrences_point_at_the_text_they_came_from() -> None:
    texts = ["镇里天天开会", "镇里天天填表"]
    documents = [read(text, "", segmenter()) for text in texts]
    vocabulary, _ = Vocabulary.learn(documents, np.array([0, 1]))
    seen = vocabulary.see(documents[0])
    words = vocabulary.words_
    first = vocabulary.block("words").start
    marked = {
        (words[seen.found.ids[index] - first], texts[0][start : start + length])
        for index, start, length in zip(seen.found.indices, seen.found.starts, seen.found.lengths, strict=True)
        if first <= seen.found.ids[index] < vocabulary.block("words").stop
    }
    assert marked and all(word == there for word, there in marked)


def test_words_alike_in_memory_alone_are_told_apart() -> None:
    assert hash("慢") == hash("ba")
    documents = [read(text, "", segmenter()) for text in ("慢", "慢", "ba")]
    vocabulary, found = Vocabulary.learn(documents, np.array([0, 1, 1]))
    assert "慢" in vocabulary.words_ and len(found[0].ids)
    assert not len(found[2].ids)


@pytest.mark.parametrize("title", ["", "会", "会" * 30, "会" * (features.READ_LIMIT + 9)])
@pytest.mark.parametrize("text", ["", "会", "会" * 30])
def test_no_run_is_met_twice_at_one_place(title: str, text: str) -> None:
    document = read(text, title, segmenter())
    vocabulary, _ = Vocabulary.learn([document] * 2, np.array([0, 1]))
    found = vocabulary.find(document)
    met = list(zip(found.indices.tolist(), found.starts.tolist(), found.lengths.tolist(), strict=True))
    assert len(met) == len(set(met))


def test_time_is_bounded_by_reading_only_so_far() -> None:
    document = read("会" * 30_000, "", segmenter())
    assert len(document.runs[0]) == features.READ_LIMIT
