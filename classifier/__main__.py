"""python -m classifier train | evaluate | predict | explain: the classifier without an application."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from classifier import evaluate, training
from classifier.model import Classifier, ModelError, Prediction


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ModelError as error:
        print(f"模型无法使用（{_PROBLEMS[error.problem]}）：{error}", file=sys.stderr)
    except FileNotFoundError as error:
        print(f"找不到文件：{error.filename}", file=sys.stderr)
    except BrokenPipeError:
        sys.stderr.close()
    return 2


_PROBLEMS = {"missing": "文件不存在", "corrupt": "文件已损坏", "stale": "与当前语料或软件版本不符"}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m classifier", description="线索分类器：训练、评估、预测、解释。")
    commands = parser.add_subparsers(required=True, metavar="命令")
    train = commands.add_parser("train", help="用随附语料训练模型", description="用随附语料训练模型并保存。")
    train.add_argument(
        "--out",
        type=Path,
        default=training.DEFAULT_MODEL,
        metavar="文件",
        help="保存位置（默认 %(default)s）",
    )
    train.add_argument("--corpus", type=Path, metavar="目录", help="语料目录（默认用随附语料）")
    train.set_defaults(run=_train)
    figures = commands.add_parser(
        "evaluate", help="按发言人分组交叉验证", description="按发言人分组交叉验证，打印各项指标。"
    )
    figures.add_argument("--corpus", type=Path, metavar="目录", help="语料目录（默认用随附语料）")
    figures.set_defaults(run=_evaluate)
    predict = commands.add_parser(
        "predict",
        help="逐行预测 JSON Lines 文件",
        description="逐行读取 JSON（text 必填，title 可选），逐行输出预测结果；有坏行时继续处理，最后以非零状态退出。",
    )
    predict.add_argument("file", metavar="文件", help="输入文件，- 表示标准输入")
    _add_model(predict)
    predict.set_defaults(run=_predict)
    explain = commands.add_parser("explain", help="解释一段文字的预测", description="预测一段文字，并标出依据。")
    explain.add_argument("text", metavar="文字", help="线索正文")
    explain.add_argument("--title", default="", metavar="标题", help="线索标题")
    _add_model(explain)
    explain.set_defaults(run=_explain)
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        type=Path,
        metavar="模型",
        help=f"模型文件（默认 {training.DEFAULT_MODEL}；没有时当场训练）",
    )


def _train(chosen: argparse.Namespace) -> int:
    model = training.train(chosen.corpus, out=chosen.out)
    print(evaluate.summary(model.figures))
    print(f"模型 {model.version} 已保存到 {chosen.out}")
    return 0


def _evaluate(chosen: argparse.Namespace) -> int:
    print(evaluate.report(training.train(chosen.corpus, out=None).figures))
    return 0


def _model(path: Path | None) -> Classifier:
    """The model asked for; where none was named and none lies at the usual place, one trained on the spot."""
    try:
        return Classifier.load(path or training.DEFAULT_MODEL)
    except ModelError as error:
        if path is not None or error.problem == "corrupt":
            raise
        print(f"没有可用的模型（{_PROBLEMS[error.problem]}），正在用随附语料训练……", file=sys.stderr)
    return training.train(out=None)


def _predict(chosen: argparse.Namespace) -> int:
    if chosen.file == "-":
        return predict_lines(_model(chosen.model), sys.stdin, sys.stdout)
    with Path(chosen.file).open(encoding="utf-8", errors="replace") as lines:
        return predict_lines(_model(chosen.model), lines, sys.stdout)


def predict_lines(model: Classifier, lines: TextIO, out: TextIO) -> int:
    """Write one JSON line a line read; 1 where a line was malformed, else 0."""
    status = 0
    for row in _rows(model, lines):
        print(json.dumps(row, ensure_ascii=False), file=out, flush=True)
        status |= "error" in row
    return status


def _rows(model: Classifier, lines: TextIO) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            text, title = _fields(line)
        except ValueError as error:
            yield {"error": str(error), "line": number}
        else:
            yield as_row(model.predict(text, title))


def _fields(line: str) -> tuple[str, str]:
    row = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError('expected an object with a string "text"')
    title = row.get("title") or ""
    if not isinstance(title, str):
        raise ValueError('"title" is not a string')
    return row["text"], title


def as_row(prediction: Prediction) -> dict[str, Any]:
    """A prediction as the JSON object of the predict command."""
    return {
        "label": prediction.label,
        "probability": round(prediction.probability, 4),
        "alternatives": [[slug, round(chance, 4)] for slug, chance in prediction.alternatives],
        "secondary": list(prediction.secondary),
        "abstained": prediction.abstained,
        "evidence": [list(span) for span in prediction.evidence],
        "reason": prediction.reason,
    }


_ABSTAINED = {"too_short": "文字太短", "close": "几个类别难分", "unlike": "与语料差别太大"}


def _explain(chosen: argparse.Namespace) -> int:
    prediction = _model(chosen.model).predict(chosen.text, chosen.title)
    for slug, chance in prediction.alternatives:
        print(f"{chance:6.1%}  {slug}")
    if prediction.secondary:
        print("副类：" + "、".join(prediction.secondary))
    if prediction.reason:
        print("不属受理范围的原因：" + prediction.reason)
    if prediction.abstained:
        print("需人工判断：" + _ABSTAINED[prediction.abstained])
    print("依据：" + _marked(chosen.text, prediction.evidence))
    return 0


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = f"{text[:start]}【{text[start:end]}】{text[end:]}"
    return text


if __name__ == "__main__":
    raise SystemExit(main())
