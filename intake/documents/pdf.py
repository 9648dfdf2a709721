"""An office document in, a PDF out, where LibreOffice is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

CONTENT_TYPE = "application/pdf"
_SECONDS = 120


def available() -> bool:
    """Whether this machine can make PDFs."""
    return _program() is not None


def convert(document: bytes, suffix: str = "docx") -> bytes:
    """The document as LibreOffice sets it, in a profile of its own that is gone afterwards.

    Raises RuntimeError where LibreOffice is missing or fails.
    """
    program = _program()
    if program is None:
        raise RuntimeError("LibreOffice is not installed")
    with tempfile.TemporaryDirectory(prefix="songbang-pdf-") as folder:
        source = Path(folder) / f"document.{suffix}"
        source.write_bytes(document)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [program, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  every part of it is ours  # nosec B603
        made = source.with_suffix(".pdf")
        if not made.exists():
            raise RuntimeError(f"LibreOffice made no PDF: exit code {done.returncode}")
        return made.read_bytes()


def _program() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")
