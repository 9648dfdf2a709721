"""The reporter's number beside the limit: found where it is about the limit, and left alone where it is not."""

from __future__ import annotations

import pytest

from intake.rules.provisions import find, number_of
from intake.services.provisions import known


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("12,000", 12000), ("1.2万", 12000), ("1.2 万", 12000), ("三千五", 3500), ("两百", 200), ("十", 10), ("十二", 12), ("二十", 20),
        ("一百零五", 105), ("一万二", 12000), ("一万两千", 12000), ("八千多".rstrip("多"), 8000), ("半", 0.5), ("七", 7), ("5000", 5000), ("1万5千", 15000), ("1万5", 15000), ("1万5000", 15000),
        ("3千5百", 3500), ("会", None), ("", None),
    ],
)  # fmt: skip
def test_numbers_in_digits_and_in_chinese(words, value):
    assert number_of(words) == value


FOUND = [
    ("R02", "县里一个通知写了12,000字，村里根本看不完", 12000),
    ("R02", "方案一万二千字，全是意义和要求", 12000),
    ("R02", "要求写5000字以上的总结", 5000),
    ("R02", "上报材料不能少于八千字", 8000),
    ("R02b", "部署拔草的文件足足6800多字", 6800),
    ("R02", "汇报稿3000字，还要配照片", 3000),
    ("R02", "那份意见 1.5万字，没人读", 15000),
    ("R02", "文件有1万5千字，没人读得完", 15000),
    ("R02", "一份报告1，200字，改了八遍", 1200),
    ("R06", "领导讲了3，4个小时", 4),
    ("R11", "2024年3月借调到县里，到现在两年半", 30),
    ("R04", "一年开了9次全市综合会", 9),
    ("R04", "今年已经开了十二场工作部署会", 12),
    ("R06", "领导讲话讲了两个半小时", 2.5),
    ("R06", "一个人念稿念了90分钟", 1.5),
    ("R06", "会上报告长达3小时", 3),
    ("R06b", "会议连开三天半，家里麦子没人收", 3.5),
    ("R06b", "那个会开了两天，分组讨论就是念稿", 2),
    ("R06c", "会开了1天，其实就传达一个文件", 1),
    ("R07", "一年接待了46次检查", 46),
    ("R07", "同一个部门今年来了三拨督查", 3),
    ("R07", "考核一年要搞四次，次次翻台账", 4),
    ("R11", "被县里借调了两年，工资还在镇上发", 24),
    ("R11", "借用到局里18个月没有手续", 18),
    ("R11", "我们站所的人抽走一年半了", 18),
    ("R11", "借调8个月还不让回", 8),
    ("R13", "手机里装着11个政务App", 11),
    ("R13", "一个局就有四款小程序，都要天天点", 4),
    ("R13", "要同时用7套系统填一样的东西", 7),
    ("R13", "应用多达二十三个，名字都记不全", 23),
    ("R14", "同一张表要报5遍", 5),
    ("R14", "相同的数据一个月填了三次，格式不一样", 3),
    ("R14", "同样的材料要交四家", 4),
    ("E25b", "学校一年迎接九次督导检查", 9),
    ("E25c", "我省白名单里列了25项", 25),
    ("E25d", "这学期已经搞了14次进校园活动", 14),
    ("E25d", "一个学期要办十场活动，课都上不完", 10),
    ("E25e", "把数学老师借调到局里一年", 12),
]
NOT_FOUND = [
    ("R02", "让我写三十字的心得"), ("R02", "一个字都不许改"), ("R02", "文件下发到村，要求签字"), ("R02", "表里有5000户人家的数据"), ("R02", "这个方案执行了三年"),
    ("R04", "会议室有三个，都坐满了"), ("R04", "每周三都开会"), ("R04", "今年开了三个超市"),
    ("R06", "来回路上两个小时"), ("R06", "加班到十点，干了六小时"), ("R06", "半小时就能说完的事"),
    ("R06b", "三天两头来人"), ("R06b", "会后两年没人管"), ("R06c", "提前三天通知"),
    ("R07", "一年花了四万块迎检"), ("R07", "检查组来了"), ("R07", "每年体检一次"),
    ("R11", "我在村里干了三年"), ("R11", "借调的事没人提"), ("R11", "借调到2024年3月"), ("R11", "借调到二〇二四年三月"), ("E25e", "借用从2023年9月到2025年6月"), ("R11", "借用会议室两小时"),
    ("R13", "3个人管一个村"), ("R13", "系统里登记了"), ("R13", "每天打开三次"),
    ("R14", "填了一张表"), ("R14", "跑了三趟才办成"), ("R14", "材料不合格被退回"),
    ("E25d", "学期末忙"), ("E25d", "一学期三门课"), ("E25c", "白名单没有我们"), ("E25e", "老师借书六本"),
]  # fmt: skip


@pytest.mark.parametrize(("provision_id", "text", "number"), FOUND)
def test_the_number_is_found_in_the_unit_of_the_limit_and_where_it_stands(provision_id, text, number):
    finding = find(provision_id, text)
    assert finding is not None and finding.number == number
    assert text[finding.start : finding.end].strip() == finding.words


@pytest.mark.parametrize(("provision_id", "text"), NOT_FOUND)
def test_other_numbers_are_left_alone(provision_id, text):
    assert find(provision_id, text) is None


def test_no_item_is_cited_that_was_not_read_and_every_limit_has_its_rule():
    provisions = known()
    assert len(provisions) == 83
    assert all(not p.item for p in provisions.values() if p.certainty != "read")
    from intake.rules.provisions import LIMITS

    limited = {p.id for p in provisions.values() if p.limit is not None}
    #: A second extension of the same secondment, the term for passing a letter on, a month's notice: no number of a burden.
    assert limited - LIMITS.keys() == {"R11b", "X22", "E25a"}
    assert LIMITS.keys() <= limited
