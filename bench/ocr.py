"""How well and how fast words in screenshots of chats are read, with the optional extra `ocr` installed.

    python -m bench.ocr --font FILE [--pictures 20]

Draws texts of the corpus as a chat of 1080 pixels on a grey ground, saves each as a JPEG as phones do, and reads it.
Prints the share of characters read right (2 * matching / both lengths), the worst picture, and seconds a picture on one core.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import textwrap
import time
from difflib import SequenceMatcher
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from intake.cleaning import ocr

CORPUS = Path("classifier/data/corpus")


def main() -> None:
    """Draw, read, print."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--font", type=Path, required=True)
    given.add_argument("--pictures", type=int, default=20)
    chosen = given.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    font = ImageFont.truetype(str(chosen.font), 44)
    ocr.read(_drawn("预热", font))
    shares, seconds = [], []
    for text in _texts(chosen.pictures):
        picture = _drawn(text, font)
        start = time.perf_counter()
        read = ocr.read(picture).replace("\n", "")
        seconds.append(time.perf_counter() - start)
        shares.append(SequenceMatcher(None, text, read, autojunk=False).ratio())
    seconds.sort()
    print(
        f"characters right: {sum(shares) / len(shares):.3f}, worst picture {min(shares):.3f}, of {len(shares)} pictures"
    )
    print(f"seconds a picture: median {seconds[len(seconds) // 2]:.2f}, from {seconds[0]:.2f} to {seconds[-1]:.2f}")


def _texts(count: int) -> list[str]:
    files = sorted(CORPUS.glob("*.jsonl"))
    firsts = [json.loads(path.read_text("utf-8").splitlines()[0])["text"] for path in files]
    return [text.replace("\n", "") for text in firsts[:count]]


def _drawn(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    lines = textwrap.wrap(text, 20)
    picture = Image.new("RGB", (1080, 160 + 80 * len(lines)), "#ededed")
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((40, 40, 1040, 120 + 80 * len(lines)), 20, fill="white")
    for at, line in enumerate(lines):
        pen.text((80, 70 + 80 * at), line, font=font, fill="#191919")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    return Image.open(io.BytesIO(out.getvalue()))


if __name__ == "__main__":
    main()
