"""The reporter's forms. Every refusal is a sentence that says what to do, and nothing typed is lost."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from intake.models import Rating, ReporterKind
from intake.rules.routing import AccusedLevel
from intake.services.clues import Submission

LONGEST = 10_000
_KEY = re.compile(r"[\w-]{32}")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")
PLACES = ("place1", "place2", "place3", "place4")
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("经过", ("text",)),
    ("地点单位", (*PLACES, "accused_level", "accused_name")),
    (
        "补充",
        ("since", "times_a_month", "minutes_each", "people", "reporter_kind", "named", "contact_name", "contact_way"),
    ),
    ("核对", ()),
)


def clean(value: str | None) -> str:
    """The text without NUL, lone surrogates, direction marks and other invisible controls; line ends become \\n."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c for c in text if c in "\n\t" or not (c in _BIDI or unicodedata.category(c) in ("Cc", "Cs"))
    ).strip()


class ChineseForm(FlaskForm):
    class Meta(FlaskForm.Meta):
        locales = ("zh",)


class ClueForm(ChineseForm):
    """All four steps of filing in one form; what is not on the page travels in hidden fields."""

    today: date

    text = TextAreaField("发生了什么", filters=[clean], validators=[
        DataRequired("请填写事情经过：什么事、谁要求的、怎么加重了负担"),
        Length(min=4, message="请再多写几个字，说清楚是什么事"),
        Length(max=LONGEST, message=f"文字太长，最多 {LONGEST} 字；请留下最要紧的经过"),
    ])  # fmt: skip
    place1 = SelectField("省", validate_choice=False)
    place2 = SelectField("市", validate_choice=False)
    place3 = SelectField("县", validate_choice=False)
    place4 = SelectField("乡镇", validate_choice=False)
    accused_level = RadioField("单位属于哪一级", default=AccusedLevel.UNKNOWN.value, validate_choice=False)
    accused_name = StringField(
        "单位名称", filters=[clean], validators=[Length(max=200, message="单位名称最多 200 字，写简称就行")]
    )
    since = DateField("大约从什么时候开始", validators=[Optional()])
    times_a_month = IntegerField("每月几次", validators=[Optional(), NumberRange(1, 3000, "请填 1 到 3000 之间的整数")])
    minutes_each = IntegerField(
        "每次几分钟", validators=[Optional(), NumberRange(1, 44640, "请填 1 到 44640 之间的整数")]
    )
    people = IntegerField(
        "涉及几个人", validators=[Optional(), NumberRange(1, 1_000_000, "请填 1 到 100 万之间的整数")]
    )
    reporter_kind = RadioField("您是", default=ReporterKind.UNSAID.value, validate_choice=False)
    named = BooleanField("我愿意留下联系方式，办理情况也可以直接告诉我")
    contact_name = StringField("怎么称呼您", filters=[clean], validators=[Length(max=60, message="称呼最多 60 字")])
    contact_way = StringField(
        "电话或电子邮箱", filters=[clean], validators=[Length(max=120, message="联系方式最多 120 字")]
    )

    def validate_accused_level(self, field: RadioField) -> None:
        if field.data not in set(AccusedLevel):
            raise ValidationError("请选择单位属于哪一级，不清楚可选“说不清”")

    def validate_reporter_kind(self, field: RadioField) -> None:
        if field.data not in set(ReporterKind):
            raise ValidationError("请从列表里选择，也可以选“不说明”")

    def validate_since(self, field: DateField) -> None:
        if field.data and field.data > self.today:
            raise ValidationError("这个日期还没有到，请填已经发生的日期")
        if field.data and field.data.year < 1990:
            raise ValidationError("请核对年份，只受理 1990 年以后的事")

    def validate_contact_way(self, field: StringField) -> None:
        if self.named.data and not field.data:
            raise ValidationError("请填写电话或电子邮箱；不想留就去掉上面的勾")

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Validate with our own sentence where a number or a date cannot be read."""
        for name in ("times_a_month", "minutes_each", "people"):
            if self[name].process_errors:
                self[name].process_errors = ["请填整数，例如 12；不知道可以不填"]
        if self.since.process_errors:
            self.since.process_errors = ["请按“年-月-日”填写，例如 2026-03-01；不记得可以不填"]
        return super().validate(extra_validators)

    def wrong_steps(self) -> list[int]:
        """The steps (from 1) that hold a field in error."""
        return [n for n, (_, names) in enumerate(STEPS, 1) if any(name in self.errors for name in names)]

    def region_code(self) -> str:
        """The most specific region chosen, "" for none."""
        return next((str(self[name].data) for name in reversed(PLACES) if self[name].data), "")

    def to_submission(self, key: str, notice_slug: str) -> Submission:
        """What the service takes, from a form that has passed validation."""
        contact = (
            {"name": self.contact_name.data or "", "way": self.contact_way.data or ""} if self.named.data else None
        )
        return Submission(
            key=key, text=self.text.data or "", region_code=self.region_code(), accused_name=self.accused_name.data or "",
            accused_level=AccusedLevel(self.accused_level.data), since=self.since.data,
            times_a_month=self.times_a_month.data, minutes_each=self.minutes_each.data, people=self.people.data,
            reporter_kind=ReporterKind(self.reporter_kind.data), contact=contact, notice_slug=notice_slug,
        )  # fmt: skip


class QueryForm(ChineseForm):
    code = StringField("查询码", filters=[clean], validators=[DataRequired("请填写查询码")])


class WordsForm(ChineseForm):
    text = TextAreaField("补充或回答", filters=[clean], validators=[
        DataRequired("请先写下要补充的内容"), Length(max=LONGEST, message=f"最多 {LONGEST} 字"),
    ])  # fmt: skip


class RateForm(ChineseForm):
    rating = RadioField("这个答复解决问题了吗", validate_choice=False)

    def validate_rating(self, field: RadioField) -> None:
        if field.data not in set(Rating):
            raise ValidationError("请选一项")


class ReopenForm(ChineseForm):
    reason = TextAreaField("为什么要重新办理", filters=[clean], validators=[
        DataRequired("请写下为什么要重新办理，例如哪一点没有解决"), Length(max=LONGEST, message=f"最多 {LONGEST} 字"),
    ])  # fmt: skip


def form_key(given: str | None) -> str:
    """The form's one-time key if it is one of ours by shape, else a new one (192 bits)."""
    return given if given and _KEY.fullmatch(given) else secrets.token_urlsafe(24)
