"""What an officer posted after the sign-in had ended: nothing is done, and the words come back to be sent again.

They are on the page alone, never in a session or the database. The page has no token, so that sending it again does
nothing either: it leads the officer, once signed in, to the form itself with the words in it, to be looked at and sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import render_template, request
from flask.typing import ResponseReturnValue
from wtforms import PasswordField, StringField

from intake import labels
from intake.access import KEEP_WORDS
from intake.console import forms
from intake.console.forms import FORMS
from intake.forms import ChineseForm
from intake.rules.workflow import Action
from intake.security import is_from_here

#: What is done at an address that keeps words, and the form there; of clues both go by the action.
_DONE: Mapping[str, tuple[str, type[ChineseForm]]] = {
    "console.arrival": ("登记来电来信来访", forms.ArrivalForm),
    "console.new_reply": ("保存回复模板", forms.TemplateForm),
    "console.keep_filter": ("保存筛选条件", forms.FilterForm),
    "console.leave": ("委托同事代行", forms.DelegationForm),
    "console.notifications": ("保存提醒方式", forms.NotificationsForm),
    "console.new_notice": ("保存公告草稿", forms.NoticeForm),
    "console.edit_notice": ("保存公告草稿", forms.NoticeForm),
    "console.new_officer": ("新建账号", forms.OfficerForm),
    "console.new_rule": ("新增或更改规则", forms.RuleForm),
    "console.systems": ("发一个令牌", forms.SystemForm),
}


def page(status: int) -> ResponseReturnValue:
    """The page for a post that nobody was signed in for (401), or whose token was not this session's (403).

    Words come back only where our own page sent them; a browser that does not say so gets them to copy.
    """
    from_here = is_from_here()
    what, form = _asked() if request.endpoint in KEEP_WORDS and from_here is not False else ("", None)
    shown = render_template(
        "console/again.html", status=status, what=what, words=_words(form) if form else [], may_send=bool(from_here),
        files=any(one.filename for one in request.files.values()),
    )  # fmt: skip
    return shown, status


def _asked() -> tuple[str, type[ChineseForm] | None]:
    """What was to be done, in words, and the form that says what its fields are called."""
    named = request.view_args or {}
    if "action" not in named:
        return _DONE[str(request.endpoint)]
    if named["action"] not in set(Action):
        return "", None
    action = Action(named["action"])
    which = f"线索 {named['number']}" if "number" in named else f"勾选的 {len(request.form.getlist('pick'))} 条线索"
    return f"{labels.ACTIONS[action]}，{which}", FORMS[action]


def _words(kind: type[ChineseForm]) -> list[tuple[str, str, str]]:
    """(name, value, label) of all that was posted; no label is for what is no writing and shows on the form itself."""
    called = {
        field.name: field.label.text for field in kind(formdata=None)
        if isinstance(field, StringField) and not isinstance(field, PasswordField)
    }  # fmt: skip
    sent = ((name, text) for name, text in request.form.items(multi=True) if name != "csrf_token")
    return [(name, text, called.get(name, "")) for name, text in sent]
