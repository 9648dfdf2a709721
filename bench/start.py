"""How long a second `make run` takes to answer, beside importing scikit-learn alone: `python -m bench.start`."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.processes import free_port

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 5


def main() -> None:
    """Alternate the two and print medians, their spread, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"SONGBANG_INSTANCE": folder, "PYTHONUNBUFFERED": "1"}
        print("first start (seeds, trains), not counted ...", flush=True)
        subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "init"], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
        imports, starts = [], []
        for _ in range(ROUNDS):
            imports.append(timed_import())
            starts.append(timed_start(env))
    print(f"import sklearn   median {statistics.median(imports):.2f} s  (from {min(imports):.2f} to {max(imports):.2f})")
    print(f"second start     median {statistics.median(starts):.2f} s  (from {min(starts):.2f} to {max(starts):.2f})")
    print(f"ratio            {statistics.median(starts) / statistics.median(imports):.2f}")


def timed_import() -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import sklearn, sklearn.svm"], check=True)
    return time.perf_counter() - begun


def timed_start(env: dict[str, str]) -> float:
    """Seconds from `make run` to the first answer of the home page."""
    port = free_port()
    begun = time.perf_counter()
    server = subprocess.Popen(["make", "run"], cwd=ROOT, env=env | {"SONGBANG_PORT": str(port)}, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/")
        return time.perf_counter() - begun
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(30)


def wait_for(address: str) -> None:
    for _ in range(1200):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not come up")


if __name__ == "__main__":
    main()
