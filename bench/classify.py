"""What a prediction costs beside jieba's own segmentation of the same texts; loading, memory, training.

    python bench/classify.py [--model FILE]

Prints ratios: times on a shared machine are noise, ratios taken in the same minute are not. Without a model at
the usual place one is trained first, and that is timed too.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import rjieba

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from classifier import Classifier, corpus  # noqa: E402
from classifier.text import Segmenter  # noqa: E402

LIMIT_RATIO, LIMIT_LOAD, LIMIT_MEMORY, LIMIT_TRAINING = 1.5, 1.5, 300, 60
ROUNDS = 5

TRAIN = "import sys; from classifier import training; training.train(out=sys.argv[1])"
FRESH = """
import sys, time
start = time.perf_counter()
from classifier import Classifier
model = Classifier.load(sys.argv[1])
model.predict("一周来了四拨检查组，台账要各做一份")
spent = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(spent, int(peak.split()[1]) / 1024)
"""


def main() -> None:
    """Print every figure with its limit."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = chosen.model or _train(Path(folder) / "bench.model")
        _fresh_process(path)
        _predictions(Classifier.load(path))


def _train(path: Path) -> Path:
    """In a process of its own, as `flask train` is: what predicts has only loaded the model."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", TRAIN, str(path)], cwd=ROOT, check=True)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, used = time.perf_counter() - start, spent.ru_utime + spent.ru_stime
    print(f"training, held-out folds included: {wall:.1f} s wall, {used:.1f} s CPU (limit {LIMIT_TRAINING} s)")
    size = path.stat().st_size / 2**20
    print(f"model file: {size:.1f} MiB")
    return path


def _fresh_process(path: Path) -> None:
    """Import, load and first prediction in a new interpreter, three times."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", FRESH, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    load, memory = (statistics.median(float(run[place]) for run in runs) for place in (0, 1))
    print(f"import + load + first prediction: {load:.2f} s (limit {LIMIT_LOAD} s)")
    print(f"memory of that process at most: {memory:.0f} MiB (limit {LIMIT_MEMORY} MiB)")


def _predictions(model: Classifier) -> None:
    texts = [row.text for row in corpus.read()]
    kinds = {
        "corpus": texts[::5],
        "short (< 40 characters)": [text for text in texts if len(text) < 40][:400],
        "as long as a letter (150 to 500)": [text for text in texts if 150 <= len(text) <= 500][:300],
        "long (3,000 characters)": ["".join(texts[start : start + 40])[:3000] for start in range(0, 400, 40)],
    }
    fallback = _with(model, Segmenter("jieba"))
    cutters = {"jieba": _jieba().lcut_for_search, "rjieba": rjieba.Jieba().cut_for_search}
    for name, some in kinds.items():
        _compare(name, some, model, fallback, cutters)


def _jieba() -> Any:
    """jieba as it comes, its cache in a folder of our own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(60)
    tokenizer = jieba.Tokenizer()
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return tokenizer


def _with(model: Classifier, segmenter: Segmenter) -> Classifier:
    """The same model cutting its texts with another segmenter."""
    other = Classifier(segmenter=segmenter)
    other.__dict__.update({key: value for key, value in vars(model).items() if key.endswith("_")})
    return other


def _compare(
    name: str,
    texts: Sequence[str],
    model: Classifier,
    fallback: Classifier,
    cutters: Mapping[str, Callable[[str], object]],
) -> None:
    jobs: dict[str, Callable[[], object]] = {
        "jieba alone": lambda: [cutters["jieba"](text) for text in texts],
        "rjieba alone": lambda: [cutters["rjieba"](text) for text in texts],
        "prediction": lambda: [model.predict(text) for text in texts],
        "prediction on jieba": lambda: [fallback.predict(text) for text in texts],
    }
    spent: dict[str, list[float]] = {job: [] for job in jobs}
    for _ in range(ROUNDS):
        for job, run in jobs.items():
            start = time.process_time()
            run()
            spent[job].append(1000 * (time.process_time() - start) / len(texts))
    mean = sum(map(len, texts)) / len(texts)
    print(f"\n{name}: {len(texts)} texts of {mean:.0f} characters; ms a text, median of {ROUNDS} rounds (range)")
    base = statistics.median(spent["jieba alone"])
    for job, times in spent.items():
        middle = statistics.median(times)
        limit = f" (limit {LIMIT_RATIO})" if job.startswith("prediction") else ""
        spread = f"({min(times):.3f}–{max(times):.3f})"
        print(f"  {job:<20} {middle:7.3f} {spread:<16} {middle / base:5.2f} × jieba{limit}")


if __name__ == "__main__":
    main()
