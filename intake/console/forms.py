"""The officers' forms: one small form for each action of the workflow, and the ones around them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import (
    BooleanField,
    DateField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from intake import filewords, labels, uploads
from intake.current import tools
from intake.forms import MAIL, ChineseForm, FilingForm, WholeField
from intake.models import Event, Notice, Pace, ReporterKind, Robot, Scope
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, Verdict
from intake.services.attachments import Kept
from intake.services.directory import referrals
from intake.services.notices import Wording
from intake.services.replies import SENT
from intake.services.table import Change

REASONS = frozenset(row["slug"] for row in referrals())


def _one_of(values: Collection[str], message: str) -> Callable[[Any, Any], None]:
    """A validator: the field holds one of `values`."""

    def check(form: Any, field: Any) -> None:
        if field.data not in values:
            raise ValidationError(message)

    return check


def _words(label: str, hint: str) -> TextAreaField:
    return TextAreaField(
        label, description=hint, validators=[DataRequired(f"请填写{label}"), Length(max=5000, message="最多 5000 字")]
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
    into = StringField("并入的线索编号", validators=[DataRequired("请填写编号，例如 2026-11-0001")])
    seen = StringField("看过的编号")
    text = TextAreaField("并案说明", validators=[Optional(), Length(max=5000, message="最多 5000 字")])


def _words_form(label: str, hint: str) -> type[ChineseForm]:
    """A form of nothing but words; the hint says who reads them."""
    return type("WordsForm", (ChineseForm,), {"text": _words(label, hint)})


class NoteForm(ChineseForm):
    """Words for colleagues, with files that prove them; these are cleaned while the form is checked."""

    text = _words("备注", "能看到这条线索的工作人员看得到，反映人看不到")
    files = MultipleFileField("附上证据")
    kept: Sequence[Kept] = ()

    def validate_files(self, field: MultipleFileField) -> None:
        """Clean and seal the files; none is kept when one is refused or something else is wrong."""
        brought = [one for one in field.data or () if one and one.filename]
        if not brought or self.text.errors or not self["csrf_token"].validate(self):
            return
        self.kept, refused = uploads.receive(brought, tools())
        if refused:
            raise ValidationError("；".join(filewords.refusal(one.name, one.problem) for one in refused))


class AskForm(ChineseForm):
    text = _words("想问反映人什么", "反映人凭查询码看到；不要问会暴露身份的问题")
    pause = BooleanField("等回答期间暂停计时", description="最多停 15 个工作日，反映人一回答就继续")


class ExtensionForm(ChineseForm):
    days = WholeField(
        "延长几天", default=30, validators=[InputRequired("请填写天数"), NumberRange(1, 30, "请填 1 到 30 之间的整数")]
    )
    text = _words("延期的理由", "为什么期限内办不完，还要做什么。给审核人看，反映人看不到")


class LongerForm(ExtensionForm):
    text = _words("延期的理由", "会原样告诉反映人：为什么期限内办不完。不写人名和办案细节")


class RecuseForm(ChineseForm):
    whom = RadioField("由谁回避", validate_choice=False, default="me", validators=[InputRequired("请选择由谁回避")])
    text = _words("回避的理由", "只写关系，不写案情；选中的人或机构从此看不到这条线索")


class RecuseOfficeForm(ChineseForm):
    text = _words("回避的理由", "现在的承办机构从此看不到这条线索，线索回到受理机构，另选承办")


class ReturnForm(ChineseForm):
    text = _words("退回的理由", "说清楚为什么不是本单位职责，应当由谁办理")


class ConcludeForm(ChineseForm):
    verdict = RadioField("核查结论", validators=[_one_of(set(Verdict), "请选择核查结论")], validate_choice=False)
    measures = _words("采取的措施", "做了什么、取消了什么、谁来负责、到什么时候")
    educated = WholeField(
        "批评教育几人", validators=[Optional(), NumberRange(0, 10000, "请填 0 到 10000 之间的整数")]
    )
    disciplined = WholeField(
        "处理处分几人", validators=[Optional(), NumberRange(0, 10000, "请填 0 到 10000 之间的整数")]
    )
    answer = _words("给反映人的答复", "反映人凭查询码看到；不要出现反映人的姓名和电话")


FORMS: dict[Action, type[ChineseForm]] = {
    Action.ASSIGN: AssignForm,
    Action.REJECT: RejectForm,
    Action.MERGE: MergeForm,
    Action.UNMERGE: _words_form("拆分的理由", "能看到这条线索的工作人员看得到，反映人看不到"),
    Action.TRANSFER: _words_form("移送的理由", "纪检监察机关看得到；反映人只看到“已移送有权处理的机关”"),
    Action.SIGN: ActionForm,
    Action.RETURN: ReturnForm,
    Action.ASK: AskForm,
    Action.NOTE: NoteForm,
    Action.ASK_EXTENSION: ExtensionForm,
    Action.EXTEND: LongerForm,
    Action.DECLINE_EXTENSION: _words_form("不同意延期的理由", "承办人看得到，反映人看不到"),
    Action.CONCLUDE: ConcludeForm,
    Action.APPROVE: ActionForm,
    Action.SEND_BACK: _words_form("退回重办的理由", "写清楚还要补什么；承办人看得到，反映人看不到"),
    Action.SUPERVISE: _words_form("督办意见", "写清楚要求做什么、什么时候报告；承办单位看得到，反映人看不到"),
    Action.REPORT_BACK: _words_form("答复督办的内容", "办到哪一步、什么时候办完；督办的机构看得到，反映人看不到"),
    Action.RECUSE: RecuseForm,
    Action.RECUSE_OFFICE: RecuseOfficeForm,
    Action.REOPEN: _words_form("重新办理的理由", "办理的人看得到；反映人看不到理由，只读到重新办理了"),
}


class SignInForm(ChineseForm):
    username = StringField("登录名", validators=[DataRequired("请填写登录名"), Length(max=60)])
    password = PasswordField("密码", validators=[InputRequired("请填写密码"), Length(max=200)])


class ProofForm(ChineseForm):
    password = PasswordField("密码", validators=[InputRequired("请填写密码"), Length(max=200)])


class SubjectForm(ChineseForm):
    subject = StringField("标识（sub）", validators=[DataRequired("请填写标识")])


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
    password = PasswordField("您的登录密码", validators=[Length(max=200)])


class GrantForm(ChineseForm):
    officer = SelectField("授权给", validate_choice=False, validators=[Regexp(r"\d{1,18}$", message="请选择授权给谁")])
    password = PasswordField("您的登录密码", validators=[InputRequired("请填写您的登录密码"), Length(max=200)])


class OfficerForm(ChineseForm):
    username = StringField("登录名", validators=[DataRequired("请填写登录名")])
    name = StringField("姓名", validators=[DataRequired("请填写姓名"), Length(max=60, message="姓名最多 60 字")])
    role = SelectField("岗位", validators=[_one_of(set(Role), "请选择岗位")], validate_choice=False)
    office = SelectField("机构", validate_choice=False, validators=[InputRequired("请选择机构")])


class DelegationForm(ChineseForm):
    to = SelectField("由谁代行", validate_choice=False, validators=[InputRequired("请选择同事")])
    first_on = DateField("从哪天起", validators=[InputRequired("请填写开始日期")])
    last_on = DateField("到哪天止", validators=[InputRequired("请填写结束日期")])
    long = BooleanField("确定代行一年以上")


class FactorForm(ChineseForm):
    code = StringField("验证码", validators=[DataRequired("请填写验证码"), Length(max=40, message="验证码是 6 位数字")])


class HandOverForm(ChineseForm):
    to = SelectField("由谁接手", validate_choice=False, validators=[InputRequired("请选择接手的同事")])


class ArrivalForm(FilingForm):
    channel = RadioField(
        "怎么来的", validators=[_one_of(("phone", "letter", "visit"), "请选择来电、来信还是来访")], validate_choice=False
    )
    region = SelectField("所在地", validators=[InputRequired("请选择所在地")])
    reporter_kind = RadioField("反映人是", default=ReporterKind.UNSAID.value, validate_choice=False)
    named = BooleanField("反映人愿意留下联系方式")
    contact_name = StringField("反映人的称呼", validators=[Length(max=60, message="称呼最多 60 字")])

    def region_code(self) -> str:
        return str(self.region.data)


class UploadForm(ChineseForm):
    file = FileField("文件", validators=[FileRequired("请选择文件")])


class TemplateForm(ChineseForm):
    action = RadioField("用在哪一步", validators=[_one_of(SENT, "请选择用在哪一步")], validate_choice=False)
    title = StringField("名称", validators=[DataRequired("请填写名称"), Length(max=40, message="名称最多 40 字")])
    text = _words("内容", "要手工填写的地方写成【什么】，没有填完时系统会提醒")
    everyone = BooleanField("所有机构都能用")


class FilterForm(ChineseForm):
    name = StringField("名称", validators=[DataRequired("请填写名称"), Length(max=20, message="名称最多 20 字")])


class IssueForm(ChineseForm):
    addressee = StringField("主送机关", validators=[Length(max=200, message="最多 200 字")])


class CorrectForm(ChineseForm):
    reason = StringField(
        "为什么更正", validators=[DataRequired("请写明为什么更正"), Length(max=200, message="最多 200 字")]
    )


def _pace(label: str) -> RadioField:
    return RadioField(label, validators=[_one_of(set(Pace), "请选择多快提醒")], validate_choice=False)


class NotificationsForm(ChineseForm):
    email = StringField(
        "工作邮箱",
        validators=[Optional(), Length(max=254, message="最多 254 个字符"),
                    Regexp(MAIL, message="邮箱地址不完整，例如 li@example.gov.cn")],
    )  # fmt: skip
    arrived = _pace(labels.TOLD[Event.ARRIVED])
    due_soon = _pace(labels.TOLD[Event.DUE_SOON])
    overdue = _pace(labels.TOLD[Event.OVERDUE])
    answered = _pace(labels.TOLD[Event.ANSWERED])
    supervised = _pace(labels.TOLD[Event.SUPERVISED])


class SystemForm(ChineseForm):
    name = StringField(
        "系统名称", validators=[DataRequired("请填写系统名称"), Length(max=200, message="名称最多 200 字")]
    )
    username = StringField("账号", validators=[DataRequired("请填写账号的登录名")])
    scopes = SelectMultipleField("权限", validate_choice=False)
    expires_on = DateField("有效期至", validators=[InputRequired("请填写有效期，例如 2027-06-30")])

    def validate_scopes(self, field: SelectMultipleField) -> None:
        if not field.data or set(field.data) - set(Scope):
            raise ValidationError(labels.PROBLEMS["choose_scopes"])


class WebhookForm(ChineseForm):
    office = SelectField("哪个机构的", validate_choice=False, validators=[InputRequired("请选择机构")])
    robot = RadioField(
        "发给谁", validators=[_one_of(set(Robot), "请选择发给谁")], validate_choice=False
    )
    address = StringField(
        "Webhook 地址",
        validators=[DataRequired("请填写 Webhook 地址"), Length(max=500, message="最多 500 个字符")],
    )  # fmt: skip
    secret = StringField("加签密钥", validators=[Length(max=200, message="最多 200 个字符")])
    pace = RadioField(
        "多快提醒", default=Pace.AT_ONCE.value, validators=[_one_of({Pace.AT_ONCE, Pace.DAILY}, "请选择多快提醒")],
        validate_choice=False,
    )  # fmt: skip


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _each_line(pattern: str, wrong: str) -> Callable[[Any, Any], None]:
    """A validator: every line of the field fits `pattern`; the sentence names the first that does not."""

    def check(form: Any, field: Any) -> None:
        for number, line in enumerate(_lines(field.data), 1):
            if not re.fullmatch(pattern, line):
                raise ValidationError(f"第 {number} 行{wrong}")

    return check


_PAIR = r"(.{1,200}?)[：:]\s*(.{1,200})"
_SCOPE = r"(.{1,200})[：:]\s*((?:\d\d[、,，\s]*)+)"


class RuleForm(ChineseForm):
    category = SelectField("类别", validate_choice=False, validators=[InputRequired("请选择类别")])
    region = SelectField("地区", validate_choice=False, default="")
    level = SelectField("被反映单位的层级", validate_choice=False, default="")
    lead = SelectField("主办", validate_choice=False, validators=[InputRequired("请选择由哪个职能主办")])
    co = SelectMultipleField("会办", validate_choice=False)
    valid_from = DateField("从哪天起", validators=[Optional()])
    source = StringField("依据", validators=[DataRequired("请写明依据，例如文件名称或会议决定"), Length(max=200, message="最多 200 字")])

    def to_change(self) -> Change:
        """The valid form as the service takes it."""
        level = AccusedLevel(self.level.data) if self.level.data in set(AccusedLevel) else None
        return Change(
            self.category.data, self.region.data or "", level, self.lead.data, tuple(self.co.data or ()),
            self.valid_from.data, self.source.data or "",
        )  # fmt: skip


class NoticeForm(ChineseForm):
    """A notice as its officers write it: one line of the lists for one line of the page."""

    title = StringField("标题", validators=[DataRequired("请填写标题"), Length(max=80, message="标题最多 80 字")])
    slug = StringField(
        "短网址",
        validators=[DataRequired("请填写短网址，例如 zhenjiang-2026"), Length(max=40, message="最多 40 个字符")],
    )
    region = SelectField("征集的地区", validate_choice=False, validators=[InputRequired("请选择地区")])
    remit = SelectField("由谁主办", validate_choice=False, default="task_force")
    purpose = TextAreaField(
        "说明", validators=[DataRequired("请写一两句话，说明为什么征集"), Length(max=400, message="最多 400 字")]
    )
    scope = TextAreaField("征集哪些问题", validators=[
        DataRequired("请至少写一行"), _each_line(_SCOPE, "请以类别代码结尾，例如“会议过多、层层陪会：02”"),
    ])  # fmt: skip
    exclusions = TextAreaField(
        "哪些不在范围、应当找谁",
        validators=[Optional(), _each_line(_PAIR, "请写成“什么事：找谁”，例如“水电路气：请拨打 12345”")],
    )
    promises = TextAreaField("承诺", validators=[Optional(), Length(max=1000, message="最多 1000 字")])
    opens_on = DateField("开始日期", validators=[InputRequired("请填写开始日期")])
    closes_on = DateField("截止日期", validators=[InputRequired("请填写截止日期")])
    handling_days = WholeField(
        "办理期限（天）", validators=[Optional(), NumberRange(5, 60, "请填 5 到 60 之间的整数；不填按 60 天")]
    )

    def validate_slug(self, field: Any) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", field.data or "") or field.data == "new":
            raise ValidationError("只能用小写字母、数字和中间的短横，例如 zhenjiang-2026")

    def validate_closes_on(self, field: Any) -> None:
        if self.opens_on.data and field.data and field.data < self.opens_on.data:
            raise ValidationError("截止日期不能早于开始日期")

    def show(self, notice: Notice, codes: Mapping[str, str]) -> None:
        """Fill the fields from a notice; `codes` are the categories' codes by slug."""
        for name in ("title", "slug", "purpose", "opens_on", "closes_on", "handling_days"):
            self[name].data = getattr(notice, name)
        self.region.data, self.remit.data = notice.region_code, notice.office.remit
        scope = ((item["wording"], "、".join(codes[slug] for slug in item["categories"])) for item in notice.scope)
        self.scope.data = "\n".join(f"{words}：{listed}" for words, listed in scope)
        self.exclusions.data = "\n".join(f"{item['what']}：{item['where']}" for item in notice.exclusions)
        self.promises.data = "\n".join(notice.promises)

    def to_wording(self) -> Wording:
        """The valid form as the service takes it."""
        scope = [match.groups() for line in _lines(self.scope.data) if (match := re.fullmatch(_SCOPE, line))]
        pairs = [match.groups() for line in _lines(self.exclusions.data) if (match := re.fullmatch(_PAIR, line))]
        return Wording(
            slug=self.slug.data or "", title=self.title.data or "", region_code=self.region.data, remit=self.remit.data,
            purpose=self.purpose.data or "", scope=[(words, re.findall(r"\d\d", codes)) for words, codes in scope],
            exclusions=[(what, where) for what, where in pairs], promises=_lines(self.promises.data),
            opens_on=self.opens_on.data, closes_on=self.closes_on.data, handling_days=self.handling_days.data,
        )  # fmt: skip


class ExtendNoticeForm(ChineseForm):
    closes_on = DateField("延长到", validators=[InputRequired("请填写新的截止日期")])
