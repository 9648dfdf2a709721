import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.__main__ import main, predict_lines
from classifier.model import Classifier


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_predict_writes_one_line_a_line(saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tmp_path / "in.jsonl"
    given.write_text('{"text": "周末又开视频会"}\n\n{"text": "表太多", "title": "填表"}\n', "utf-8")
    status, out, _ = run(capsys, "predict", str(given), "--model", str(saved))
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0 and len(rows) == 2
    assert {"label", "probability", "alternatives", "secondary", "abstained", "evidence"} <= set(rows[0])


@pytest.mark.parametrize("bad", ["{", "[]", "{}", '{"text": 3}', '{"text": "x", "title": 3}'])
def test_a_malformed_line_is_named_and_the_rest_goes_on(small: Classifier, bad: str) -> None:
    out = io.StringIO()
    status = predict_lines(small, io.StringIO(f'{bad}\n{{"text": "周末又开会"}}\n'), out)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert status == 1
    assert first["line"] == 1 and first["error"]
    assert second["label"]


def test_each_answer_is_written_before_the_next_line_is_read(small: Classifier) -> None:
    out = io.StringIO()

    class Lines(io.StringIO):
        def __iter__(self):  # type: ignore[no-untyped-def]
            for number in range(3):
                assert out.getvalue().count("\n") == number
                yield '{"text": "周末又开会"}\n'

    assert predict_lines(small, Lines(), out) == 0


def test_a_named_model_that_is_missing_is_an_error_in_chinese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(capsys, "explain", "开会", "--model", str(tmp_path / "none"))
    assert status == 2
    assert "模型无法使用（文件不存在）" in err


def test_explain_marks_the_evidence(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "explain", "周末又通知开视频会，层层陪会", "--model", str(saved))
    assert status == 0
    assert "meetings" in out and "【" in out


def test_predicting_needs_neither_scikit_learn_nor_an_application(saved: Path) -> None:
    code = (
        "import sys; from classifier import Classifier;"
        f"Classifier.load({str(saved)!r}).predict('周末又开会');"
        "print([m for m in ('sklearn', 'scipy', 'flask', 'sqlalchemy', 'intake', 'jieba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["train", "evaluate", "predict", "explain"])
def test_help_is_in_chinese(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert any("\u4e00" <= sign <= "\u9fff" for sign in capsys.readouterr().out)
