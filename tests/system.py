"""What tests need from the system: found, installed where that is allowed, or named in one command to type.

    python tests/system.py [postgresql] [chromium] [font] [libreoffice] [poppler] [redis] [nginx] [npm] [axe]

Standard library only: it runs before anything else does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_CJK_FILES = ("wqy-*", "NotoSansCJK*", "NotoSerifCJK*", "SourceHan*", "uming*", "ukai*", "DroidSansFallback*")
_BROWSERS = ("chromium", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """A Chromium that takes commands; what Ubuntu calls so is a snap, which does not."""
    for name in _BROWSERS:
        path = shutil.which(name)
        if path and not Path(path).resolve().is_relative_to("/snap") and Path(path).resolve().name != "snap":
            return path
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((str(p) for p in sorted(cache.glob("chromium-*/chrome-linux*/chrome"), reverse=True)), None)


def postgresql() -> str | None:
    """The folder of a PostgreSQL server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return str(found[-1].parent) if found else shutil.which("initdb")


def font() -> str | None:
    """A font with Chinese in it; without one a screenshot shows boxes."""
    if listing := shutil.which("fc-list"):
        done = subprocess.run([listing, ":lang=zh-cn", "file"], capture_output=True, text=True, check=False)
        return next(iter(done.stdout.splitlines()), None)
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
    return next((str(p) for folder in folders for name in _CJK_FILES for p in folder.rglob(name)), None)


def libreoffice() -> str | None:
    """What sets a document as pages."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def poppler() -> str | None:
    """What reads the pages of a PDF."""
    return shutil.which("pdftotext")


def redis() -> str | None:
    """A Redis server, in which several processes count together."""
    return shutil.which("redis-server")


def nginx() -> str | None:
    """The reverse proxy that deploy/nginx.conf is for."""
    return shutil.which("nginx")


def npm() -> str | None:
    """What fetches axe."""
    return shutil.which("npm")


def axe() -> str | None:
    """The folder of axe-core with its sentences in Chinese, in the version that tests/package-lock.json pins."""
    pinned = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]["node_modules/axe-core"]["version"]
    told = HERE / "node_modules" / "axe-core" / "package.json"
    return str(told.parent) if told.exists() and json.loads(told.read_text("utf-8"))["version"] == pinned else None


@dataclass(frozen=True)
class Need:
    """One thing needed: how to find it, and the Debian package that brings it, or the command that does."""

    name: str
    find: Callable[[], str | None]
    package: str = ""
    command: tuple[str, ...] = ()


NEEDS = {
    "postgresql": Need("PostgreSQL", postgresql, "postgresql"),
    "chromium": Need("Chromium", chromium, "chromium"),
    "font": Need("中文字体", font, "fonts-wqy-microhei"),
    "libreoffice": Need("LibreOffice Writer", libreoffice, "libreoffice-writer"),
    "poppler": Need("poppler", poppler, "poppler-utils"),
    "redis": Need("Redis", redis, "redis-server"),
    "nginx": Need("nginx", nginx, "nginx-light"),
    "npm": Need("npm", npm, "npm"),
    "axe": Need("axe-core", axe, command=("npm", "ci", "--prefix", str(HERE), "--ignore-scripts", "--no-audit", "--no-fund")),
}


def main(wanted: list[str]) -> int:
    """0 when everything wanted is there in the end."""
    needs = [NEEDS[name] for name in wanted or NEEDS]
    missing = [need for need in needs if not need.find()]
    if missing:
        _install(missing)
        missing = [need for need in missing if not need.find()]
    if not missing:
        return 0
    print(f"测试还缺：{'、'.join(need.name for need in missing)}", file=sys.stderr)
    print(f"请运行下面这条命令，然后再试一次：\n\n    {_spoken(missing)}\n", file=sys.stderr)
    return 1


def _install(missing: list[Need]) -> None:
    """Try, as far as this user may without being asked for a password."""
    elevate = _elevate()
    if elevate is None:
        return
    print(f"安装测试要用的 {'、'.join(need.name for need in missing)}……", flush=True)
    for command in _commands(missing):
        whole = [*elevate, *command] if _wants_root(command) else command
        done = subprocess.run(whole, capture_output=True, text=True, check=False)
        if done.returncode:
            print("\n".join((done.stdout + done.stderr).splitlines()[-5:]), file=sys.stderr)


def _elevate() -> list[str] | None:
    """What to put before a command that needs root; None if that is not to be had."""
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        return environment
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:
        return [sudo, "-n", *environment]
    return None


def _commands(missing: list[Need]) -> list[list[str]]:
    own_browser = _on_ubuntu() and NEEDS["chromium"] in missing
    packages = [need.package for need in missing if need.package and not (own_browser and need is NEEDS["chromium"])]
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    commands = [["apt-get", "update"], install] if packages else []
    if own_browser:  # a snap there; the test library brings one that works
        commands.append([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])
    return commands + [list(need.command) for need in missing if need.command]


def _spoken(missing: list[Need]) -> str:
    commands = (["sudo", *c] if _wants_root(c) else c for c in _commands(missing))
    return " && ".join(map(" ".join, commands))


def _wants_root(command: list[str]) -> bool:
    return command[0] == "apt-get"  # Playwright asks for root itself, and only for part of what it does


def _on_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in "\n" + release.read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
