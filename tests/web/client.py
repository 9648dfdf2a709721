"""A client that fills forms as a browser does and looks at every page it gets."""

from __future__ import annotations

from typing import Any

from flask import Flask
from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse


class Page:
    """An HTML answer, checked: one h1, a title, labels for every control, no id twice, nothing inline."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True)
        self.tree = html.document_fromstring(self.text)
        self._check()

    def _check(self) -> None:
        assert len(self.tree.xpath("//h1")) == 1, "one h1 a page"
        assert self.tree.findtext(".//title").strip()
        assert self.tree.get("lang") == "zh-CN"
        ids = self.tree.xpath("//@id")
        assert len(ids) == len(set(ids)), f"id twice: {sorted(i for i in ids if ids.count(i) > 1)}"
        for control in self.tree.xpath("//input[not(@type='hidden')] | //select | //textarea"):
            labelled = (
                control.xpath("ancestor::label")
                or self.tree.xpath(f"//label[@for='{control.get('id')}']")
                or control.get("aria-label")
            )
            assert labelled, f"no label: {control.get('name')}"
        for described in self.tree.xpath("//@aria-describedby"):
            assert all(self.tree.xpath(f"//*[@id='{one}']") for one in described.split()), described
        assert not self.tree.xpath("//*[@style] | //style | //script[not(@src)] | //@*[starts-with(name(), 'on')]")
        assert self.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert self.headers["Referrer-Policy"] == "no-referrer"
        assert self.headers["Cache-Control"] == "no-store"

    @property
    def h1(self) -> str:
        return " ".join(self.tree.xpath("string(//h1)").split())

    @property
    def words(self) -> str:
        return " ".join(self.tree.xpath("string(//main)").split())

    @property
    def errors(self) -> list[str]:
        return [" ".join(e.text_content().split()) for e in self.tree.xpath("//*[@class='message']")]

    def links(self, within: str) -> list[str]:
        return [a for a in self.tree.xpath("//main//a/@href") if within in a]

    def form(self, at: int = 0, button: str | None = None) -> tuple[str, dict[str, Any]]:
        """The address and the fields that a form of <main> would send, a list where a name stands more than once; `button` is
        the value of the one pressed."""
        form = self.tree.xpath("//main//form[@method='post']")[at]
        sent = MultiDict(pair for pair in form.form_values() if not _is_button(form, pair[0]))
        fields = {name: values if len(values) > 1 else values[0] for name, values in sent.lists()}
        for pressed in form.xpath(".//button[@name]"):
            if button is not None and pressed.get("value") == button:
                fields[pressed.get("name")] = button
        return form.get("action") or "", fields


def _is_button(form: Any, name: str) -> bool:
    return bool(form.xpath(f".//button[@name='{name}']")) and not form.xpath(f".//input[@name='{name}']")


class Client:
    """A browser without JavaScript in front of the application."""

    def __init__(self, app: Flask) -> None:
        self.raw = app.test_client()
        self.at = "/"

    def get(self, address: str, status: int = 200) -> Page:
        return self._page(self.raw.get(address, follow_redirects=True), status)

    def post(self, address: str, fields: dict[str, Any], status: int = 200) -> Page:
        return self._page(self.raw.post(address or self.at, data=fields, follow_redirects=True), status)

    def send(self, page: Page, status: int = 200, at: int = 0, button: str | None = None, **changed: Any) -> Page:
        """Fill a form of `page` with `changed` and press its button."""
        action, fields = page.form(at, button)
        return self.post(action, fields | changed, status)

    def sign_in(self, username: str, password: str) -> Page:
        return self.send(self.get("/console/sign-in"), username=username, password=password)

    def _page(self, response: TestResponse, status: int) -> Page:
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        self.at = response.request.path
        return Page(response)


def file_clue(client: Client, text: str, places: list[str], button: str = "send", **fields: Any) -> Page:
    """Walk the four pages of the form and send; returns the receipt. `places` are region codes from the province down."""
    page = client.send(client.get("/clues/new"), button="next", text=text)
    for depth in range(1, len(places) + 1):
        chosen = {f"place{n}": code for n, code in enumerate(places[:depth], 1)}
        page = client.send(page, button="regions", **chosen)
    step2 = {k: v for k, v in fields.items() if k.startswith("accused")}
    page = client.send(page, button="next", **step2)
    if page.h1.startswith("在什么地方"):
        page = client.send(page, button="next")
    page = client.send(page, button="next", **{k: v for k, v in fields.items() if k not in step2})
    return client.send(page, button=button)


def code_on(page: Page) -> str:
    """The query code that a receipt shows."""
    return page.tree.xpath("string(//output[@id='code'])").strip()
