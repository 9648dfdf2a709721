"""A real browser against a real server on loopback; whatever a page does wrong on the way fails the test."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route
from playwright.sync_api import sync_playwright as playwright
from waitress import wasyncore
from waitress.server import create_server

from tests import system

PHONE = {"width": 375, "height": 812}
DESK = {"width": 1280, "height": 900}
_FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
]  # fmt: skip


class Server:
    """The application behind waitress on a free port of this machine; close() ends it."""

    def __init__(self, app: Flask) -> None:
        self._map: dict[int, Any] = {}
        self._waitress = create_server(app, map=self._map, host="127.0.0.1", port=0, threads=4, ident=None)
        self.url = f"http://127.0.0.1:{self._waitress.effective_port}"
        self._thread = threading.Thread(target=self._waitress.run)
        self._thread.start()

    def close(self) -> None:
        """Let what is being answered come to its end, then close the connections with the files they were sending."""
        self._waitress.task_dispatcher.shutdown()
        self._waitress.trigger.pull_trigger(self._hang_up)
        self._thread.join(10)

    def _hang_up(self) -> None:
        for channel in list(self._waitress.active_channels.values()):
            channel.handle_close()
        wasyncore.close_all(self._map)


@pytest.fixture
def live_server(app: Flask) -> Iterator[Server]:
    """The test's application, served."""
    server = Server(app)
    yield server
    server.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = system.chromium()
    if path is None:
        raise RuntimeError("no Chromium found: run `python tests/system.py`")
    with launched(path) as browser:
        yield browser


class launched:
    """A context manager that gives the browser at `path`; alone in this process."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> Browser:
        self._playwright = playwright().start()
        flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else _FLAGS
        self._browser = self._playwright.chromium.launch(executable_path=self._path, args=flags)
        return self._browser

    def __exit__(self, *_: object) -> None:
        self._browser.close()
        self._playwright.stop()


class Watch:
    """Keeps what must not happen on a page: script errors, CSP violations, failed parts, foreign requests."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        context.route("**/*", self._route)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        context.on("response", self._response)

    def _route(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https"} and address.hostname != "127.0.0.1":
            self.problems.append(f"request to a foreign host: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def _console(self, message: ConsoleMessage) -> None:
        # A page may well answer 404 or 422; _response knows which addresses may not.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.problems.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        limit = 500 if response.request.is_navigation_request() else 400
        if response.status >= limit:
            self.problems.append(f"{response.status} for {response.url}")


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Call it for a fresh visitor: open_context(PHONE, javascript=False).new_page().

    What went wrong on any of their pages fails the test at its end.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_context(
        viewport: dict[str, int] = PHONE, *, javascript: bool = True, scheme: Literal["light", "dark"] = "light"
    ) -> BrowserContext:
        phone = viewport["width"] < 600
        context = browser.new_context(
            viewport=viewport, java_script_enabled=javascript, locale="zh-CN", timezone_id="Asia/Shanghai",
            has_touch=phone, is_mobile=phone, reduced_motion="reduce", service_workers="block",
            color_scheme=scheme,
        )  # fmt: skip
        context.set_default_timeout(10_000)
        opened.append((context, Watch(context)))
        return context

    yield open_context
    for context, _ in opened:
        context.close()
    problems = [problem for _, watch in opened for problem in watch.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def phone(open_context: Callable[..., BrowserContext]) -> Page:
    """A page 375 pixels wide."""
    return open_context(PHONE).new_page()


@pytest.fixture
def desk(open_context: Callable[..., BrowserContext]) -> Page:
    """A page 1280 pixels wide."""
    return open_context(DESK).new_page()


@cache
def _axe() -> str:
    """The script that looks, told to say what it finds in Chinese."""
    folder = system.axe()
    if folder is None:
        raise RuntimeError("axe is missing: run `python tests/system.py axe`")
    script, locale = (Path(folder, name).read_text("utf-8") for name in ("axe.min.js", "locales/zh_CN.json"))
    return f"{script};axe.configure({{locale: {locale}}})"


def accessibility_problems(page: Page, **options: Any) -> list[str]:
    """What axe finds wrong (WCAG 2 A and AA and best practices): a line for each, with the elements."""
    assert page.evaluate("matchMedia('(scripting: enabled)').matches"), "axe would wait for ever: no script here"
    page.evaluate(_axe())  # not add_script_tag: the page's own policy forbids it
    wanted = {"rules": {"target-size": {"enabled": True}}} | options  # WCAG 2.2 AA, off unless asked for
    found = page.evaluate(f"axe.run(document, {json.dumps(wanted)})")
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {node['html'][:160]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def overflow(page: Page) -> list[str]:
    """How wide a page is that scrolls sideways, and what in it makes it so: boxes, and boxes that a text runs out of.

    A phone draws such a page smaller, and its innerWidth grows with the page: what counts is the screen.
    """
    return page.evaluate(
        """() => { const wide = document.documentElement.scrollWidth, screen = Math.min(innerWidth, window.screen.width);
        const out = e => e.getBoundingClientRect().right > screen + 1 || e.scrollWidth > e.clientWidth + 1;
        return wide <= screen ? [] : [`${wide} px`, ...[...document.body.querySelectorAll('*')].filter(out).map(e => e.outerHTML.slice(0, 120))] }"""
    )


def screenshot(page: Page, path: Path, *, whole: bool = True) -> Path:
    """The page as PNG, the whole of it or what the window shows, with nothing moving."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=whole, animations="disabled", caret="hide")
    return path
