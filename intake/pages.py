"""What both doors share: blueprints, the words templates may use, and the pages for errors."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter, Map

from intake import filewords, labels
from intake.access import ACCESS, UPLOADS
from intake.api import blueprint as api
from intake.api import door as api_door
from intake.api import open311
from intake.api import views as api_views
from intake.console import (
    account,
    admin,
    again,
    arrivals,
    attachments,
    auditing,
    bulk,
    clauses,
    compare,
    due,
    grants,
    holds,
    monthly,
    notices,
    notifications,
    people,
    provider,
    replies,
    routing,
    saved,
    signing,
    systems,
    undo,
)
from intake.console import blueprint as console
from intake.console import views as console_views
from intake.errors import DomainError, NotFound
from intake.logs import log, places
from intake.public import blueprint as public
from intake.public import chain, figures, filing, health, privacy, progress, query, size
from intake.public import views as public_views
from intake.rules import workflow
from intake.rules.numbers import in_short
from intake.security import csrf, login

#: Importing these hangs their views on the two blueprints.
VIEWS = (
    api_views, public_views, figures, chain, filing, health, privacy, progress, query, console_views, account, admin, arrivals, attachments, auditing, bulk,
    clauses, compare, due, grants, holds, monthly, notices, notifications, people, provider, replies, routing, saved, signing, systems, undo,
)  # fmt: skip

_TOO_LARGE = (
    "文件太大了",
    "每个文件最多 20 MB，一次最多 9 个。请返回上一页，去掉太大的文件再点一次；您填写的文字都还在那一页。",
)
_ERRORS = {
    400: ("这个请求读不懂", "请返回上一页再试一次。"),
    404: ("没有找到这个页面", "地址可能打错了，或者您没有权限查看。"),
    405: ("这个地址不能这样打开", "请从首页重新进入。"),
    413: ("内容太长了", "请把文字压缩到一万字以内再提交。"),
    429: ("操作太频繁了", "请过一分钟再试。您填写的内容没有丢失，请返回上一页。"),
    500: (
        "系统出了问题",
        "刚才的操作可能没有完成。已经拿到查询码的线索都保存好了；没有拿到的，请返回上一页再提交一次，不会重复。",
    ),
    503: ("系统暂时不能保存", "数据库现在用不了。请不要关闭页面，过几分钟返回上一页再提交一次，内容不会重复。"),
}


class Id(IntegerConverter):
    """The number of a row in an address, `<int:…>`; one that no table can hold is no address."""

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**63 - 1)


def register(app: Flask) -> None:
    """Mount both doors and give templates their filters."""
    app.url_map.converters["int"] = Id
    app.register_blueprint(public)
    app.register_blueprint(console)
    app.register_blueprint(api)
    app.register_blueprint(open311.blueprint)
    csrf.exempt(open311.blueprint)
    csrf.exempt(api)  # nothing is known there but what a request brings itself
    app.jinja_env.filters.update(long_date=labels.long_date, moment=_moment(app), day=_day, enum_items=_items, in_short=_in_short(app))
    app.jinja_env.globals.update(labels=labels, filewords=filewords, workflow=workflow, may=_may)
    app.jinja_env.globals.update(is_large=size.is_large, other_size=size.other_size)
    app.context_processor(lambda: {"site_name": app.extensions["settings"].text("SITE_NAME")})
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(NotFound, lambda error: _page(404))
    app.register_error_handler(DomainError, _show_domain_error)
    app.register_error_handler(DBAPIError, _show_database_error)
    app.register_error_handler(CSRFError, _show_csrf_error)


def _moment(app: Flask) -> Any:
    """A filter that writes a moment as the installation's clock shows it: 2026-11-22 20:14."""
    return lambda moment: f"{app.extensions['tools'].local(moment):%Y-%m-%d %H:%M}"


def _in_short(app: Flask) -> Any:
    """A filter that leaves the year out of a clue's number where it is this one: 11-0382."""
    return lambda number: in_short(number, app.extensions["tools"].today())


def _day(day: date | datetime) -> str:
    return f"{day:%Y-%m-%d}"


def _items(names: dict[Any, str]) -> list[tuple[str, str]]:
    """(value, text) pairs of an enum's labels, for lists to choose from."""
    return [(member.value, text) for member, text in names.items()]


def _may(endpoint: str) -> bool:
    """Whether the signed-in officer may enter a view, for menus."""
    return current_user.is_authenticated and current_user.viewer.role in ACCESS[endpoint]


def _page(status: int, title: str = "", text: str = "") -> ResponseReturnValue:
    for prefix, failed in ((api.url_prefix, api_door.failed), (open311.blueprint.url_prefix, open311.failed)):
        if request.path.startswith(f"{prefix}/"):
            return failed(status)
    known = _ERRORS.get(status, _ERRORS[500])
    if "_login_user" not in g:  # asking who signed in would read the database, which may be what failed
        g._login_user = login.anonymous_user()
    inside = request.path.startswith("/console") and g._login_user.is_authenticated
    layout = "console/base.html" if inside else "base.html"
    return render_template("errors/page.html", layout=layout, title=title or known[0], text=text or known[1]), status


def _show_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    if isinstance(error, SecurityError):  # a foreign Host: no address can be built for it
        return "这个网址不是本站的，请核对地址。\n", 400, {"Content-Type": "text/plain; charset=utf-8"}
    if error.code == 401 and request.blueprint == console.name:
        return again.page(401)
    if error.code == 413 and request.endpoint in UPLOADS and request.mimetype == "multipart/form-data":
        return _page(413, *_TOO_LARGE)
    return _page(error.code or 500)


def _show_domain_error(error: DomainError) -> ResponseReturnValue:
    return _page(409, "这一步没有办成", labels.sentence(error))


def _show_database_error(error: DBAPIError) -> ResponseReturnValue:
    log.error("database failed", error=type(error.orig).__name__, where=places(error.__traceback__))
    return _page(503)


def _show_csrf_error(error: CSRFError) -> ResponseReturnValue:
    if request.blueprint == console.name and ACCESS.get(str(request.endpoint)):
        return again.page(403 if current_user.is_authenticated else 401)
    return _page(400, "页面放得太久了", "请返回上一页，刷新后再提交一次。浏览器需要允许本站的 Cookie。")
