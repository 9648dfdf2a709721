"""The officers' forms: one small form for each action of the workflow, and the ones around them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from intake import labels
from intake.rules.workflow import Action, Role, Verdict
from intake.services.directory import referrals

REASONS = frozenset(row["slug"] for row in referrals())


class ChineseForm(FlaskForm):
    class Meta(FlaskForm.Meta):
        locales = ("zh",)


def _one_of(values: Collection[str], message: str) -> Callable[[Any, Any], None]:
    """A validator: the field holds one of `values`."""

    def check(form: Any, field: Any) -> None:
        if field.data not in values:
            raise ValidationError(message)

    return check


def _words(label: str, hint: str) -> TextAreaField:
    return TextAreaField(
        label, description=hint, validators=[InputRequired(f"请填写{label}"), Length(max=5000, message="最多 5000 字")]
    )


class ActionForm(ChineseForm):
    """An action that needs nothing but the decision itself."""


class AssignForm(ChineseForm):
    category = RadioField("类别", validate_choice=False)
    other = SelectField("其他类别", validate_choice=False)
    secondary = SelectMultipleField("还涉及", validate_choice=False)
    office = SelectField("改由其他机构承办", validate_choice=False)
    again = BooleanField("仍然转给退回过的机构")

    @property
    def chosen_category(self) -> str:
        return str(self.other.data or self.category.data or "")


class RejectForm(ChineseForm):
    reason = RadioField(
        "为什么不属于受理范围", validators=[_one_of(REASONS, "请选择不予受理的理由")], validate_choice=False
    )
    text = _words("告诉反映人的话", "说清楚应当找谁、电话是多少")


class MergeForm(ChineseForm):
    into = StringField("并入的线索编号", validators=[InputRequired("请填写编号，例如 2026-11-0001")])
    text = TextAreaField("并案说明", validators=[Optional(), Length(max=5000, message="最多 5000 字")])


class WordsForm(ChineseForm):
    text = _words("内容", "")


class AskForm(ChineseForm):
    text = _words("想问反映人什么", "反映人凭查询码看到；不要问会暴露身份的问题")
    pause = BooleanField("等回答期间暂停计时", description="最多停 15 个工作日，反映人一回答就继续")


class ExtensionForm(ChineseForm):
    days = IntegerField(
        "延长几天", default=30, validators=[InputRequired("请填写天数"), NumberRange(1, 30, "请填 1 到 30 之间的整数")]
    )
    text = _words("延期的理由", "为什么期限内办不完，还要做什么；延期的事会告诉反映人")


class ReturnForm(ChineseForm):
    text = _words("退回的理由", "说清楚为什么不是本单位职责，应当由谁办理")


class ConcludeForm(ChineseForm):
    verdict = RadioField("核查结论", validators=[_one_of(set(Verdict), "请选择核查结论")], validate_choice=False)
    measures = _words("采取的措施", "做了什么、取消了什么、谁来负责、到什么时候")
    educated = IntegerField(
        "批评教育几人", validators=[Optional(), NumberRange(0, 10000, "请填 0 到 10000 之间的整数")]
    )
    disciplined = IntegerField(
        "处理处分几人", validators=[Optional(), NumberRange(0, 10000, "请填 0 到 10000 之间的整数")]
    )
    answer = _words("给反映人的答复", "反映人凭查询码看到；不要出现反映人的姓名和电话")


FORMS: dict[Action, type[ChineseForm]] = {
    Action.ASSIGN: AssignForm,
    Action.REJECT: RejectForm,
    Action.MERGE: MergeForm,
    Action.TRANSFER: WordsForm,
    Action.SIGN: ActionForm,
    Action.RETURN: ReturnForm,
    Action.ASK: AskForm,
    Action.NOTE: WordsForm,
    Action.ASK_EXTENSION: ExtensionForm,
    Action.EXTEND: ExtensionForm,
    Action.DECLINE_EXTENSION: WordsForm,
    Action.CONCLUDE: ConcludeForm,
    Action.APPROVE: ActionForm,
    Action.SEND_BACK: WordsForm,
    Action.SUPERVISE: WordsForm,
    Action.REPORT_BACK: WordsForm,
    Action.REOPEN: WordsForm,
}


class SignInForm(ChineseForm):
    username = StringField("登录名", validators=[InputRequired("请填写登录名"), Length(max=60)])
    password = PasswordField("密码", validators=[InputRequired("请填写密码"), Length(max=200)])


class PasswordForm(ChineseForm):
    old = PasswordField("现在的密码", validators=[InputRequired("请填写现在的密码")])
    new = PasswordField(
        "新密码", description="12 个字符以上，可以用几个不相干的词连起来", validators=[InputRequired("请填写新密码")]
    )
    again = PasswordField("再输一遍新密码", validators=[InputRequired("请再输一遍新密码")])


class ContactForm(ChineseForm):
    reason = RadioField(
        "为什么要看", validators=[_one_of(labels.CONTACT_REASONS, "请选择查看的理由")], validate_choice=False
    )


class OfficerForm(ChineseForm):
    username = StringField("登录名", validators=[InputRequired("请填写登录名")])
    name = StringField("姓名", validators=[InputRequired("请填写姓名"), Length(max=60, message="姓名最多 60 字")])
    role = SelectField("岗位", validators=[_one_of(set(Role), "请选择岗位")], validate_choice=False)
    office = SelectField("机构", validate_choice=False, validators=[InputRequired("请选择机构")])


class IssueForm(ChineseForm):
    addressee = StringField("主送机关", validators=[Length(max=200, message="最多 200 字")])


class CorrectForm(ChineseForm):
    reason = StringField(
        "为什么更正", validators=[InputRequired("请填写更正的原因"), Length(max=200, message="最多 200 字")]
    )
