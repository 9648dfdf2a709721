"""The reporter's forms. Every refusal is a sentence that says what to do, and nothing typed is lost."""

from __future__ import annotations

import re
import secrets

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from intake.forms import LONGEST, ChineseForm, FilingForm
from intake.models import Rating
from intake.public.steps import PLACES, Step

_KEY = re.compile(r"[\w-]{32}")


class ClueForm(FilingForm):
    """All four steps of filing in one form; what is not on the page travels in hidden fields."""

    place1 = SelectField("省", validate_choice=False)
    place2 = SelectField("市", validate_choice=False)
    place3 = SelectField("县", validate_choice=False)
    place4 = SelectField("乡镇", validate_choice=False)

    def wrong_steps(self, steps: tuple[Step, ...]) -> list[int]:
        """The steps (from 0) that hold a field in error."""
        return [at for at, step in enumerate(steps) if any(name in self.errors for name in step.fields())]

    def region_code(self) -> str:
        """The most specific region chosen, "" for none."""
        return next((str(self[name].data) for name in reversed(PLACES) if self[name].data), "")


class QueryForm(ChineseForm):
    """A query code; `words` are what could not be sent and is put back into the field `into` once the clue is open."""

    code = StringField("查询码", validators=[DataRequired("请填写查询码")])
    words = TextAreaField("您写的内容", validators=[Length(max=LONGEST, message=f"最多 {LONGEST} 字")])
    into = HiddenField()


class WordsForm(ChineseForm):
    text = TextAreaField("补充或回答", validators=[
        DataRequired("请先写下要补充的内容"), Length(max=LONGEST, message=f"最多 {LONGEST} 字"),
    ])  # fmt: skip


class RateForm(ChineseForm):
    rating = RadioField("这个答复解决问题了吗", validate_choice=False)

    def validate_rating(self, field: RadioField) -> None:
        if field.data not in set(Rating):
            raise ValidationError("请选一项")


class ReopenForm(ChineseForm):
    reason = TextAreaField("为什么要重新办理", validators=[
        DataRequired("请写下为什么要重新办理，例如哪一点没有解决"), Length(max=LONGEST, message=f"最多 {LONGEST} 字"),
    ])  # fmt: skip


def form_key(given: str | None) -> str:
    """The form's one-time key if it is one of ours by shape, else a new one (192 bits)."""
    return given if given and _KEY.fullmatch(given) else secrets.token_urlsafe(24)
