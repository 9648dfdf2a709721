"""The pages of the form: which questions stand together, in the usual size and in large print (one thing a page)."""

from __future__ import annotations

from dataclasses import dataclass

PLACES = ("place1", "place2", "place3", "place4")
#: The parts of the form, each a template of its own, and the fields in them.
PARTS: dict[str, tuple[str, ...]] = {
    "story": ("text",),
    "place": PLACES,
    "unit": ("accused_level", "accused_name"),
    "burden": ("times_a_month", "minutes_each", "people", "since"),
    "who": ("reporter_kind",),
    "contact": ("named", "contact_name", "contact_way", "contact_mail"),
    "review": (),
}


@dataclass(frozen=True)
class Step:
    """One page: its name in the line of steps, the question, what it is for, and the parts it shows."""

    name: str
    ask: str
    hint: str
    parts: tuple[str, ...]

    @property
    def mark(self) -> str:
        """What stands for the page in a form: its first part."""
        return self.parts[0]

    def fields(self) -> tuple[str, ...]:
        return tuple(name for part in self.parts for name in PARTS[part])


_STORY = "像平常说话一样写：什么事、谁要求的、多久一次、怎么加重了负担。写一句也可以。"
_REVIEW = "提交后给您一个查询码，凭它看进展和答复。查询码只显示一次，丢了谁也找不回来，请先准备好截屏或者纸笔。"
STEPS = (
    Step("经过", "发生了什么？", _STORY, ("story",)),
    Step("地点单位", "在什么地方，反映哪个单位？", "我们据此交给被反映单位的上一级处理。", ("place", "unit")),
    Step("补充", "还有什么要补充？", "这一页都可以不填，直接点“下一步”。", ("burden", "who", "contact")),
    Step("核对", "请核对，没有问题就提交", _REVIEW, ("review",)),
)
LARGE_STEPS = (
    Step("经过", "发生了什么？", "像平常说话一样写，写一句也可以。", ("story",)),
    Step("地点", "事情在哪里？", "选到县（市、区）就够了。", ("place",)),
    Step("单位", "要反映哪个单位？", "不清楚就选“说不清”，再点“下一步”。", ("unit",)),
    Step("时间", "占了您多少时间？", "这一页可以不填，直接点“下一步”。", ("burden",)),
    Step("身份", "您是做什么的？", "这一页可以不选，直接点“下一步”。", ("who",)),
    Step("联系", "要不要留电话？", "可以不留，直接点“下一步”。", ("contact",)),
    Step("核对", "请看一遍，没有问题就提交", _REVIEW, ("review",)),
)


def position(steps: tuple[Step, ...], part: str) -> int:
    """Where in `steps` (from 0) a part stands; 0 for what is no part."""
    return next((at for at, step in enumerate(steps) if part in step.parts), 0)
