"""What other systems send and are sent: the one source of both the checks and the description (OpenAPI 3.1)."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from intake.forms import LONGEST
from intake.models import AttachmentState, Channel, MessageKind, ReporterKind
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, State, Verdict
from intake.rules.writing import clean


def _cleaned(least: int) -> AfterValidator:
    """Cleaned as a form's text is; `least` characters must be left."""

    def cleaned(value: str) -> str:
        left = clean(value)
        if len(left) < least:
            raise PydanticCustomError("string_too_short", "too short", {"min_length": least})
        return left

    return AfterValidator(cleaned)


def _past(value: date) -> date:
    if value.year < 1990:
        raise PydanticCustomError("too_early", "before 1990")
    return value


def _not_fetched(value: str) -> str:
    if value:
        raise PydanticCustomError("no_media", "not fetched")
    return value


_CLEAN = _cleaned(0)
Story = Annotated[str, StringConstraints(min_length=4, max_length=LONGEST), _cleaned(4)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=5000), _cleaned(1)]
Line = Annotated[str, StringConstraints(max_length=200), _CLEAN]
Short = Annotated[str, StringConstraints(max_length=100), _CLEAN]
Mail = Annotated[str, StringConstraints(max_length=254, pattern=r"^([^@\s]+@[^@\s]+\.[^@\s.]+)?$"), _CLEAN]
Region = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}([0-9]{3})?$")]
Day = Annotated[date, AfterValidator(_past)]
People = Annotated[int, Field(ge=0, le=10_000)]


#: An Idempotency-Key: visible ASCII.
KEY = "^[!-~]{1,200}$"


class Sent(BaseModel):
    """A body that another system sends: a field nobody knows is an error, and so is a value of another kind."""

    model_config = ConfigDict(extra="forbid", str_max_length=LONGEST * 2)


class Contact(Sent):
    """反映人的联系方式，加密保存，和线索分开；电话（way）和邮箱（mail）至少填一个。"""

    name: Annotated[str, StringConstraints(max_length=60), _CLEAN] = ""
    way: Annotated[str, StringConstraints(max_length=120), _CLEAN] = ""
    mail: Mail = ""

    @model_validator(mode="after")
    def _some_way(self) -> Contact:
        if not (self.way or self.mail):
            raise PydanticCustomError("no_way", "neither way nor mail")
        return self


class NewClue(Sent):
    """一条线索。"""

    text: Story = Field(description="事情经过")
    region: Region | None = Field(default=None, description="事发地的行政区划代码；空则是令牌所属机构的地区")
    title: Line = Field(default="", description="标题")
    external_number: Short = Field(default="", description="对方系统里的编号（如 12345 工单号）；同一个编号只收一次")
    accused_name: Line = Field(default="", description="被反映的单位")
    accused_level: AccusedLevel = Field(default=AccusedLevel.UNKNOWN, description="被反映单位的层级")
    since: Day | None = Field(default=None, description="大约从什么时候开始，不早于 1990 年")
    times_a_month: Annotated[int, Field(ge=1, le=3000)] | None = None
    minutes_each: Annotated[int, Field(ge=1, le=44_640)] | None = None
    people: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    reporter_kind: ReporterKind = Field(default=ReporterKind.UNSAID, description="反映人是")
    channel: Literal[Channel.IMPORT, Channel.PHONE, Channel.LETTER, Channel.VISIT] = Field(default=Channel.IMPORT, description="怎么来的")
    contact: Contact | None = None


class ServiceRequest(BaseModel):
    """What GeoReport v2 sends to file a request; it may send more, which is not looked at. No picture is fetched from elsewhere."""

    service_code: Literal["clue"]
    description: Story
    address_id: Region | None = None
    address_string: Line = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    long: Annotated[float, Field(ge=-180, le=180)] | None = None
    first_name: Annotated[str, StringConstraints(max_length=30), _CLEAN] = ""
    last_name: Annotated[str, StringConstraints(max_length=30), _CLEAN] = ""
    phone: Annotated[str, StringConstraints(max_length=120), _CLEAN] = ""
    email: Mail = ""
    media_url: Annotated[str, AfterValidator(_not_fetched)] = ""


class Listing(BaseModel):
    """Which requests GeoReport v2 asks for."""

    service_request_id: Annotated[str, Field(max_length=20_000)] = ""
    service_code: Annotated[str, Field(max_length=40)] = ""
    start_date: AwareDatetime | None = None
    end_date: AwareDatetime | None = None
    status: Annotated[str, Field(pattern="^(open|closed|open,closed|closed,open)?$")] = ""


class Filed(BaseModel):
    """收到的线索。查询码只交给反映人，不要保存在对方系统里。"""

    number: str
    code: str
    triage_due: date | None
    answer_due: date


@dataclass(frozen=True)
class Unfit:
    """An item of a batch that is no clue; its number there, where it tells one."""

    external_number: str
    error: ValidationError


def _by_itself(value: Any) -> NewClue | Unfit:
    """Read an item of a batch so that what is wrong with it keeps none of the others out."""
    try:
        return NewClue.model_validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        number = value.get("external_number") if isinstance(value, dict) else ""
        return Unfit(number if isinstance(number, str) else "", error)


class Batch(Sent):
    """一批线索；逐条收，一条收不了不影响别的。"""

    clues: Annotated[
        list[Annotated[NewClue | Unfit, PlainValidator(_by_itself, json_schema_input_type=NewClue)]],
        Field(min_length=1, max_length=100),
    ]


class Row(BaseModel):
    """一条的结果：收了有编号和查询码，没收有原因。"""

    external_number: str
    number: str = ""
    code: str = ""
    detail: str = ""


class Rows(BaseModel):
    """一批的结果，次序与提交时相同。"""

    clues: list[Row]


class Code(Sent):
    """反映人的查询码。放在请求体里，不放在地址里，地址会进日志。"""

    code: Short


class WordsByCode(Code):
    """凭查询码补充的话。"""

    text: Words


class Said(BaseModel):
    """往来里的一条。"""

    at: datetime
    kind: MessageKind
    text: str


class Progress(BaseModel):
    """反映人凭查询码看到的办理情况。"""

    number: str
    state: State
    told: str = Field(description="给反映人看的一句话")
    triage_due: date | None
    answer_due: date
    asked: bool = Field(description="工作人员有问题等反映人回答")
    messages: list[Said]


class Listed(BaseModel):
    """一条转到本机构的线索，不含正文。"""

    number: str
    state: State
    version: int
    category: str | None
    region: str
    accused_level: AccusedLevel
    received_at: datetime
    due_on: date | None


class FileOf(enum.StrEnum):
    """附件是哪里来的：随线索交来，反映人补充，承办证据。"""

    CLUE = "clue"
    MESSAGE = "message"
    NOTE = "note"


class File(BaseModel):
    """一个附件，清洗过的；内容在 /assigned/{number}/files/{id}。"""

    id: int
    name: str
    media_type: str
    size: int = Field(description="字节")
    received_at: datetime
    of: FileOf
    state: AttachmentState = Field(description="waiting 还没有扫描或生成预览；infected 没有通过病毒扫描，已经删除")


class Joined(BaseModel):
    """并入这一条的线索，一起办理。"""

    number: str
    text: str
    messages: list[Said] = Field(description="这位反映人补充的")


class Assigned(Listed):
    """一条线索的全部内容；没有联系方式和查询码。"""

    title: str
    text: str
    accused_name: str
    since: date | None
    times_a_month: int | None
    minutes_each: int | None
    people: int | None
    reporter_kind: ReporterKind
    again: str | None = Field(description="退回重办或者重新办理时，对方写的要求")
    actions: list[Action] = Field(description="现在用接口可以办的步骤")
    messages: list[Said] = Field(description="和反映人的往来，先来的在前")
    files: list[File]
    joined: list[Joined]


class Page(BaseModel):
    """一页线索；after 是下一页的书签，空表示到底了。"""

    clues: list[Listed]
    after: str


class Wanted(Sent):
    """要哪一页。"""

    after: Annotated[str, Field(max_length=40, description="上一页给的书签")] = ""
    size: Annotated[int, Field(ge=1, le=100, description="一页几条")] = 25
    state: Annotated[State | None, Field(description="只要这个状态的")] = None
    changed_since: Annotated[AwareDatetime | None, Field(description="只要这个时刻以后有变动的")] = None


class Step(Sent):
    """回报的一步；version 是取回线索时看到的版本，别人动过就不能再办。"""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Sign(Step):
    """签收。"""

    action: Literal[Action.SIGN]


class WithWords(Step):
    """退回（return，五个工作日内）、内部备注（note）、回应督办（report_back）。"""

    action: Literal[Action.RETURN, Action.NOTE, Action.REPORT_BACK]
    text: Words


class Ask(Step):
    """向反映人提问；pause 是等回答期间暂停计时。"""

    action: Literal[Action.ASK]
    text: Words
    pause: bool = False


class AskExtension(Step):
    """申请延期，由审核人批准。"""

    action: Literal[Action.ASK_EXTENSION]
    text: Words
    days: Annotated[int, Field(ge=1, le=30)] = 30


class Conclude(Step):
    """核查结论和给反映人的答复，由审核人在后台审结。"""

    action: Literal[Action.CONCLUDE]
    verdict: Verdict
    measures: Words
    answer: Words
    educated: People = 0
    disciplined: People = 0


Reported = Sign | WithWords | Ask | AskExtension | Conclude
#: The steps that can be reported.
REPORTED = frozenset(action for step in get_args(Reported) for action in get_args(step.model_fields["action"].annotation))


class Report(Sent):
    """回报一步。"""

    step: Annotated[Reported, Field(discriminator="action")]


class Done(BaseModel):
    """一步办完以后。"""

    number: str
    state: State
    version: int
    due_on: date | None


class Wrong(BaseModel):
    """一个不对的地方。"""

    field: str
    detail: str


class Problem(BaseModel):
    """没有办成的原因（RFC 9457）；type 不变，程序按它判断，detail 给人看。"""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []
