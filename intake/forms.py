"""What the forms of both doors share: Chinese sentences, clean text, and the fields of a clue."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, IntegerField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp, StopValidation, ValidationError

from intake.models import Channel, ReporterKind
from intake.rules.numbers import counted, minutes
from intake.rules.routing import AccusedLevel
from intake.rules.writing import clean
from intake.services.clues import Submission

LONGEST = 10_000
_NOT_IN_MAIL = r"@\s<>()\[\],;:\\\""
#: What a mail address looks like; whether there is somebody shows when a mail is sent.
MAIL = rf"(?!.*=\?)[^{_NOT_IN_MAIL}]+@[^{_NOT_IN_MAIL}]+\.[^.{_NOT_IN_MAIL}]+$"

#: Seven digits or more, however they are written, or a mail address: less reaches nobody.
_REACHES = re.compile(r"(?:\d[^\d]{0,3}){7}|[^\s@]@[^\s@]+\.[^\s@]")


class ChineseForm(FlaskForm):
    """Sentences in Chinese, and every text cleaned before it is checked: a control sign would break whatever is made of it."""

    class Meta(FlaskForm.Meta):
        locales = ("zh",)

        def bind_field(self, form: BaseForm, unbound_field: UnboundField[Any], options: Any) -> Any:
            if issubclass(unbound_field.field_class, StringField) and not issubclass(unbound_field.field_class, PasswordField):
                options = options | {"filters": [clean]}
            return super().bind_field(form, unbound_field, options)


class WholeField(IntegerField):
    """An integer, as digits or as `read` takes it from words, of at most 300 digits: on one that no float can hold,
    NumberRange fails instead of refusing it."""

    def __init__(self, *args: Any, read: Callable[[str], int | None] = counted, **more: Any) -> None:
        super().__init__(*args, **more)
        self._read = read

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and len(valuelist[0]) > 300:
            raise ValueError("请填整数，例如 12")
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            self.data = self._read(valuelist[0])
            if self.data is None:
                raise ValueError("请填整数，例如 12") from error

    def pre_validate(self, form: BaseForm) -> None:
        """What is no number is told once, and not also that it lies outside the range."""
        if self.process_errors and self.raw_data and self.raw_data[0].strip():
            raise StopValidation


class FilingForm(ChineseForm):
    """The fields of a clue, whoever types them; the place is the form's own."""

    today: date

    text = TextAreaField("发生了什么", validators=[
        DataRequired("请填写事情经过：什么事、谁要求的、怎么加重了负担"),
        Length(min=4, message="请再多写几个字，说清楚是什么事"),
        Length(max=LONGEST, message=f"文字太长，最多 {LONGEST} 字；请留下最要紧的经过"),
    ])  # fmt: skip
    accused_level = RadioField("单位属于哪一级", default=AccusedLevel.UNKNOWN.value, validate_choice=False)
    accused_name = StringField(
        "单位名称", validators=[Length(max=200, message="单位名称最多 200 字，写简称就行")]
    )
    since = DateField("大约从什么时候开始", validators=[Optional()])
    times_a_month = WholeField("每月几次", validators=[Optional(), NumberRange(1, 3000, "请填 1 到 3000 之间的整数")])
    minutes_each = WholeField(
        "每次几分钟", read=minutes, validators=[Optional(), NumberRange(1, 44640, "请填 1 到 44640 之间的整数")]
    )
    people = WholeField(
        "涉及几个人", validators=[Optional(), NumberRange(1, 1_000_000, "请填 1 到 100 万之间的整数")]
    )
    reporter_kind = RadioField("您是", default=ReporterKind.UNSAID.value, validate_choice=False)
    named = BooleanField("我愿意留下联系方式，办理情况也可以直接告诉我")
    contact_name = StringField("怎么称呼您", validators=[Length(max=60, message="称呼最多 60 字")])
    contact_way = StringField(
        "电话或电子邮箱", validators=[Length(max=120, message="联系方式最多 120 字")]
    )
    contact_mail = StringField("有新消息时发邮件到", validators=[
        Optional(), Length(max=254, message="邮箱最多 254 个字符"),
        Regexp(MAIL, message="请填写完整的电子邮箱，例如 name@example.cn；不想收邮件就空着"),
    ])  # fmt: skip

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
        if self.named.data and not (field.data or self.contact_mail.data):
            raise ValidationError("请填写电话或电子邮箱；不想留就去掉上面的勾")
        if field.data and not self.named.data:
            willing = self.named.label.text.partition("，")[0]
            raise ValidationError(f"没有勾选“{willing}”，填了也不会保存：要留就勾上，不想留就清空")
        if field.data and not _REACHES.search(field.data):
            raise ValidationError("请填写完整的电话号码或电子邮箱，例如 13900000000")

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Validate with our own sentence where a number or a date cannot be read."""
        for name in ("times_a_month", "minutes_each", "people"):
            if self[name].process_errors:
                self[name].process_errors = ["请填整数，例如 12；不知道可以不填"]
        if self.since.process_errors:
            self.since.process_errors = ["请按“年-月-日”填写，例如 2026-03-01；不记得可以不填"]
        return super().validate(extra_validators)

    def region_code(self) -> str:
        """The most specific region chosen, "" for none."""
        raise NotImplementedError

    def to_submission(self, key: str, notice_slug: str = "", channel: Channel = Channel.WEB) -> Submission:
        """What the service takes, from a form that has passed validation."""
        return Submission(
            key=key, text=self.text.data or "", region_code=self.region_code(), accused_name=self.accused_name.data or "",
            accused_level=AccusedLevel(self.accused_level.data), since=self.since.data,
            times_a_month=self.times_a_month.data, minutes_each=self.minutes_each.data, people=self.people.data,
            reporter_kind=ReporterKind(self.reporter_kind.data), contact=self._contact(), notice_slug=notice_slug, channel=channel,
        )  # fmt: skip

    def _contact(self) -> dict[str, str] | None:
        if not self.named.data:
            return None
        return {part: self[f"contact_{part}"].data or "" for part in ("name", "way", "mail")}
