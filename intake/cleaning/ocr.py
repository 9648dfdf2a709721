"""Words in pictures, read on this machine by RapidOCR, whose package carries its models; an optional extra."""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import Any

from PIL import Image

from intake.cleaning.previews import Reader

#: Pixels of the strips that a long screenshot is read in, and of what two strips share: no line is cut through twice.
_STRIP, _SHARED = 2000, 80
#: Below this the reader guesses; its lines are left out.
_SURE = 0.6


def reader() -> Reader | None:
    """What reads pictures; None where the extra is not installed."""
    return read if importlib.util.find_spec("rapidocr") else None


def read(picture: Image.Image) -> str:
    """The lines of a picture from top to bottom; "" for none."""
    lines: list[str] = []
    for top in range(0, max(1, picture.height - _SHARED), _STRIP - _SHARED):
        strip = picture.crop((0, top, picture.width, min(picture.height, top + _STRIP))).convert("RGB")
        lines += [line for line in _lines(strip) if line not in lines[-2:]]
    return "\n".join(lines)


def _lines(strip: Image.Image) -> list[str]:
    import numpy as np

    found = _engine()(np.asarray(strip))
    return [text for text, sure in zip(found.txts or (), found.scores or (), strict=True) if sure >= _SURE]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "error"})
