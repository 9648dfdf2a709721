"""Pictures, painted again from their pixels: what is not a pixel is gone."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import pillow_heif
from PIL import ExifTags, Image

from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

#: Pixels that are decoded at most, 120 MB in memory; a larger JPEG is read at a half, a quarter or an eighth.
MOST_PIXELS = 40_000_000
_LONGEST = 30_000
_SHRINK = (1, 2, 4, 8)
_READ = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
#: What may lie inside documents, and is written again in its own format.
_INSIDE = ("JPEG", "PNG", "GIF", "BMP", "DIB", "TIFF", "WEBP")
_WRITTEN = {"HEIF": "JPEG", "GIF": "PNG"}
_QUALITY = 90
_CAMERA_TAGS = frozenset({ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.DateTime, ExifTags.Base.Software})
#: How a picture is turned for each orientation that a camera writes (TIFF 6.0, tag 274).
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_HIDDEN = frozenset({"comment", "xmp", "XML:com.adobe.xmp", "photoshop", "Raw profile type exif"})

pillow_heif.register_heif_opener(thumbnails=False)


def clean(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Paint a picture again, turned as its camera was held. Raises FileRefused."""
    with _opened(source, _READ) as picture:
        removed = _found(picture)
        painted = _painted(picture)
        _save(painted, target, _WRITTEN.get(_form(picture), _form(picture)))
    return Rewritten(frozenset(removed), width=painted.width, height=painted.height)


def again(content: bytes) -> tuple[bytes, set[Removal]]:
    """A picture inside a document, painted again in the format it has, and what it carried. Raises FileRefused."""
    out = io.BytesIO()
    with _opened(io.BytesIO(content), _INSIDE) as picture:
        removed = _found(picture) - {Removal.FRAMES}
        _save(_painted(picture), out, _form(picture))
    return out.getvalue(), removed


def preview(source: BinaryIO, longest: int) -> tuple[bytes, int, int]:
    """A WebP of a picture with its width and height, none above `longest` pixels. Raises FileRefused."""
    with _opened(source, _READ) as picture:
        picture.draft("RGB", (longest, longest))
        painted = _painted(picture)
    return webp(painted, longest)


def webp(picture: Image.Image, longest: int) -> tuple[bytes, int, int]:
    """The same of a picture that is in memory."""
    picture.thumbnail((longest, longest))
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=80)
    return out.getvalue(), picture.width, picture.height


@contextmanager
def opened(source: BinaryIO) -> Iterator[Image.Image]:
    """A cleaned picture, to be looked at. Raises FileRefused."""
    with _opened(source, _READ) as picture:
        yield picture


@contextmanager
def _opened(source: BinaryIO, formats: tuple[str, ...]) -> Iterator[Image.Image]:
    """The picture with its size checked before a pixel is decoded; whatever is wrong with it becomes FileRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source, formats=formats) as picture:
                _limit(picture)
                yield picture
    except FileRefused:
        raise
    except Image.DecompressionBombError as error:
        raise FileRefused("too_many_pixels") from error
    except Exception as error:  # Pillow raises whatever a broken picture makes it meet, a TypeError among them
        raise FileRefused("damaged") from error


def _limit(picture: Image.Image) -> None:
    width, height = picture.size
    shrink = _SHRINK if _form(picture) == "JPEG" else (1,)
    fitting = next((by for by in shrink if width * height <= MOST_PIXELS * by * by), None)
    if fitting is None or max(width, height) > _LONGEST:
        raise FileRefused("too_many_pixels")
    if fitting > 1:
        picture.draft("RGB", (width // fitting, height // fitting))


def _painted(picture: Image.Image) -> Image.Image:
    """The pixels alone, upright, in a mode that every format here takes."""
    turn = _TURNS.get(_camera_data(picture).get(ExifTags.Base.Orientation, 1))
    seen = _eight_bits(picture)
    clear = seen.mode in ("RGBA", "LA", "PA") or "transparency" in seen.info
    painted = seen.convert("RGBA" if clear else "L" if seen.mode in ("1", "L") else "RGB")
    painted = painted if turn is None else painted.transpose(turn)
    painted.info = {}
    return painted


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Greys of 16 bits as a screen shows them, in 8; those of 32 between the darkest and the lightest."""
    if picture.mode not in ("I", "F") and not picture.mode.startswith("I;16"):
        return picture
    greys = picture.convert("F")
    darkest, lightest = cast(tuple[float, float], greys.getextrema())  # of one band
    if picture.mode != "F" and darkest >= 0 and lightest < 2**16:
        darkest, lightest = 0.0, 65535.0
    scale = 255 / max(lightest - darkest, 1e-9)
    greys = greys.point(lambda grey: grey * scale - darkest * scale).convert("L")
    greys.info = {}
    return greys


def _camera_data(picture: Image.Image) -> Image.Exif:
    """What the camera wrote, as far as it can be read."""
    try:
        return picture.getexif()
    except Exception:  # Pillow raises whatever odd values make it meet
        return Image.Exif()


def _form(picture: Image.Image) -> str:
    """The format; a photograph of a phone that has a second one behind it (MPF) is a JPEG."""
    return "JPEG" if picture.format == "MPO" else picture.format or ""


def _save(painted: Image.Image, target: BinaryIO, form: str) -> None:
    if form in ("JPEG", "BMP", "DIB") and painted.mode == "RGBA":
        painted = painted.convert("RGB")
    options = {"quality": _QUALITY} if form in ("JPEG", "WEBP") else {}
    painted.save(target, form, **options)


def _found(picture: Image.Image) -> set[Removal]:
    """What the picture carries beside its pixels."""
    found = set()
    exif = _camera_data(picture)
    if _holds(exif, ExifTags.IFD.GPSInfo):
        found.add(Removal.LOCATION)
    if _CAMERA_TAGS & set(exif) or _holds(exif, ExifTags.IFD.Exif):
        found.add(Removal.CAMERA)
    if _HIDDEN & set(picture.info) or getattr(picture, "text", None):
        found.add(Removal.HIDDEN_TEXT)
    if getattr(picture, "n_frames", 1) > 1 and picture.format not in ("HEIF", "MPO"):
        found.add(Removal.FRAMES)
    return found


def _holds(exif: Image.Exif, part: ExifTags.IFD) -> bool:
    """Whether a part of a camera's data is there, be it one that cannot be read."""
    try:
        return bool(exif.get_ifd(part))
    except Exception:  # as above
        return True
