import json
import shutil
from pathlib import Path

import pytest

from classifier import Classifier, Example, ModelError, Prediction, training
from classifier.taxonomy import IN_SCOPE, OUT_OF_SCOPE, REASONS, SLUGS

CLEAR = [
    ("镇里一周来了四拨检查组，查完消防查卫生，前脚刚走后脚又来督查", "inspections"),
    ("借调到县局已经四年，编制还在乡里，原单位缺人，局里就是不放人", "secondment"),
    ("周末又通知开视频会，主会场分会场层层陪会，一坐就是一天", "meetings"),
]
UNLIKE = [
    "The quick brown fox jumps over the lazy dog and keeps running through the forest",
    "Пожалуйста, помогите мне решить эту проблему как можно скорее",
    "ﾄﾞｳﾓｱﾘｶﾞﾄｳｺﾞｻﾞｲﾏｽ、よろしくおねがいします",
    "asdkjhqweoiu zxcmnb qpwoeiru tyghvn lkjhgf mnbvcx",
    "龘靐齉爩鱻麤龗灪吁龖厵滟爨癵籱饢驫鲡鹂鸾灎",
]


@pytest.mark.parametrize(("text", "label"), CLEAR)
def test_a_plain_case_gets_its_label(small: Classifier, text: str, label: str) -> None:
    assert small.predict(text).label == label


def well_formed(prediction: Prediction, text: str) -> None:
    assert prediction.label in SLUGS
    assert 0 <= prediction.probability <= 1
    assert len(prediction.alternatives) == 3
    assert prediction.alternatives[0] == (prediction.label, prediction.probability)
    chances = [chance for _, chance in prediction.alternatives]
    assert chances == sorted(chances, reverse=True)
    assert len(prediction.secondary) <= 2
    assert prediction.label not in prediction.secondary
    assert set(prediction.secondary) <= set(IN_SCOPE)
    assert prediction.abstained in {None, "too_short", "close", "unlike"}
    assert (prediction.reason in REASONS) == (prediction.label == OUT_OF_SCOPE)
    last = 0
    for start, end in prediction.evidence:
        assert last <= start < end <= len(text)
        last = end


ODD = [
    "",
    " ",
    "\x00",
    "\ud800",
    "好",
    "。。。",
    "😀" * 50,
    "1" * 500,
    "會議" * 5000,
    "a" * 10_000,
    "\u200b" * 9,
]


@pytest.mark.parametrize("text", [*ODD, *UNLIKE, *[text for text, _ in CLEAR]])
def test_whatever_the_text_the_prediction_is_well_formed(small: Classifier, text: str) -> None:
    well_formed(small.predict(text), text)
    well_formed(small.predict(text, title=text), text)


def test_every_text_of_the_corpus_has_a_well_formed_prediction(small: Classifier, examples: list[Example]) -> None:
    for row in examples[::9]:
        well_formed(small.predict(row.text, row.title), row.text)


@pytest.mark.parametrize("text", UNLIKE)
def test_texts_unlike_the_corpus_are_left_to_a_person(small: Classifier, text: str) -> None:
    assert small.predict(text).abstained == "unlike"


@pytest.mark.parametrize("text", ["", "好", "？？？", "123"])
def test_too_short_a_text_is_left_to_a_person(small: Classifier, text: str) -> None:
    assert small.predict(text).abstained == "too_short"


def test_below_the_threshold_a_person_decides(small: Classifier, examples: list[Example]) -> None:
    found = [small.predict(row.text, row.title) for row in examples[1::9]]
    unsure = [one for one in found if one.probability < small.threshold]
    assert unsure and all(one.abstained for one in unsure)
    assert any(one.abstained is None for one in found)


def test_evidence_lies_on_the_words_that_speak_for_the_label(small: Classifier) -> None:
    text = "今天天气不错，下午吃了面。周末又通知开视频会，主会场分会场层层陪会。晚上回家睡觉。"
    marked = "".join(text[start:end] for start, end in small.predict(text).evidence)
    assert "会" in marked
    assert "天气" not in marked and "睡觉" not in marked


def test_evidence_maps_back_to_the_text_as_given(small: Classifier) -> None:
    plain = "周末又通知开视频会，主会场分会场层层陪会"
    odd = "周末又\u200b通知開視頻會，😀主會場分會場層層陪會"
    spans = [odd[start:end] for start, end in small.predict(odd).evidence]
    assert spans and any("會" in span for span in spans)
    assert small.predict(odd).label == small.predict(plain).label


def test_the_tokens_are_those_of_title_and_body(small: Classifier) -> None:
    tokens = small.predict("台账太多", title="又要填表").tokens
    assert {"填表", "台账"} <= set(tokens)


def test_predict_many_streams(small: Classifier) -> None:
    taken: list[int] = []

    def rows():  # type: ignore[no-untyped-def]
        for number in range(3):
            taken.append(number)
            yield "", CLEAR[number][0]

    found = small.predict_many(rows())
    assert next(found) == small.predict(CLEAR[0][0])
    assert taken == [0]
    assert len(list(found)) == 2


def test_a_loaded_model_predicts_what_the_saved_one_did(small: Classifier, saved: Path) -> None:
    loaded = Classifier.load(saved)
    assert loaded.version == small.version
    assert loaded.figures == small.figures
    assert loaded.threshold == small.threshold
    for text, label in CLEAR:
        assert loaded.predict(text).label == label == small.predict(text).label


def test_fitting_twice_gives_the_same_model(examples: list[Example], small: Classifier) -> None:
    assert training.fit(examples[::4]).version == small.version


def test_words_for_a_category_are_words_of_it(small: Classifier) -> None:
    words = [word for word, _ in small.words_for("meetings")]
    assert len(words) == 20
    assert any("会" in word for word in words)


def copy(saved: Path, folder: Path) -> Path:
    path = folder / "m.model"
    shutil.copy(saved, path)
    shutil.copy(f"{saved}.json", f"{path}.json")
    return path


def problem(path: Path) -> str:
    with pytest.raises(ModelError, match="python -m classifier train") as caught:
        Classifier.load(path)
    return caught.value.problem


def test_a_missing_model_says_what_to_run(tmp_path: Path) -> None:
    assert problem(tmp_path / "none.model") == "missing"


def test_a_model_without_its_card_is_missing(saved: Path, tmp_path: Path) -> None:
    path = copy(saved, tmp_path)
    Path(f"{path}.json").unlink()
    assert problem(path) == "missing"


@pytest.mark.parametrize("change", [lambda raw: raw[:-1], lambda raw: raw[:99] + b"x" + raw[100:], lambda raw: b""])
def test_a_damaged_model_is_refused(saved: Path, tmp_path: Path, change) -> None:  # type: ignore[no-untyped-def]
    path = copy(saved, tmp_path)
    path.write_bytes(change(path.read_bytes()))
    assert problem(path) == "corrupt"


@pytest.mark.parametrize("card", ["", "[]", "{", "\ufffd"])
def test_a_damaged_card_is_refused(saved: Path, tmp_path: Path, card: str) -> None:
    path = copy(saved, tmp_path)
    Path(f"{path}.json").write_text(card, "utf-8")
    assert problem(path) == "corrupt"


@pytest.mark.parametrize(
    "change",
    [{"format": 0}, {"labels": ["a"]}, {"libraries": {}}, {"corpus_shipped": True, "corpus": "other"}],
)
def test_a_model_made_by_other_versions_is_stale(saved: Path, tmp_path: Path, change: dict[str, object]) -> None:
    path = copy(saved, tmp_path)
    card = Path(f"{path}.json")
    card.write_text(json.dumps(json.loads(card.read_text("utf-8")) | change), "utf-8")
    assert problem(path) == "stale"


def test_the_model_file_holds_no_pickle(saved: Path) -> None:
    import numpy as np

    with np.load(saved, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError, match="planet"):
        Classifier().fit(["文字文字"], [""], ["planet"], [()], [""], ["v"])
