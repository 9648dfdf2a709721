"""What tells who wrote a text is found where it is, and numbers of papers and money are left alone."""

from __future__ import annotations

import re

import pytest

from intake.rules.disclosures import Kind, blur, find, pieces

#: Sentences with their finds in ⟦⟧, and the kinds of these in reading order.
TELLING = [
    ("有事请打⟦13812345678⟧找我", "phone"),
    ("我的手机是⟦138-1234-5678⟧，白天能接", "phone"),
    ("手机⟦138 1234 5678⟧", "phone"),
    ("号码⟦１３８１２３４５６７８⟧，晚上打", "phone"),
    ("打⟦一三八一二三四五六七八⟧，随时在", "phone"),
    ("打⟦幺三九〇〇一二三四五六⟧", "phone"),
    ("⟦+86 13912345678⟧是我爱人的号", "phone"),
    ("我号码⟦13812345678⟧一共打过三次热线", "phone"),
    ("先打⟦13812345678⟧，再打⟦15987654321⟧", "phone phone"),
    ("办公室是⟦0511-84412345⟧", "phone"),
    ("办公室是⟦(0511)84412345⟧", "phone"),
    ("打⟦010 6601 2345⟧找我", "phone"),
    ("我家座机⟦84412345⟧", "phone"),
    ("联系电话：⟦05118441234⟧", "phone"),
    ("电话：⟦138.1234.5678⟧。", "phone"),
    ("身份证⟦32110219900307123X⟧", "identity"),
    ("身份证号是⟦32110219900307123x⟧。", "identity"),
    ("我的号是⟦３２１１０２１９９００３０７１２３Ｘ⟧", "identity"),
    ("号码⟦321102 19900307 123X⟧要填三遍", "identity"),
    ("系统里要输⟦11010519491231002X⟧", "identity"),
    ("⟦530102198005080010⟧，每张表都填", "identity"),
    ("老证号⟦321102900307123⟧", "identity"),
    ("身份证⟦321102199003071231⟧抄错一位", "identity"),
    ("补贴打到⟦6222021103001234567⟧", "card"),
    ("卡号⟦6217 0012 3456 7893⟧", "card"),
    ("卡号⟦4367-4212-3456-7896⟧", "card"),
    ("卡号⟦６２２８４８０３１２５６７８９１⟧", "card"),
    ("写信到⟦li.ming@example.com⟧", "mail"),
    ("邮箱⟦zhang_3@mail.example.com.cn⟧谢谢", "mail"),
    ("邮箱⟦ｌｉ＠ｅｘａｍｐｌｅ．ｃｏｍ⟧", "mail"),
    ("邮箱⟦13812345678@139.com⟧", "mail"),
    ("加微信⟦liming_2020⟧细说", "account"),
    ("微信号：⟦liming2020⟧", "account"),
    ("我的vx⟦liming2020⟧", "account"),
    ("WeChat: ⟦LiMing-88⟧", "account"),
    ("QQ：⟦123456789⟧", "account"),
    ("扣扣号⟦98765432⟧", "account"),
    ("我开的是⟦苏L12345⟧", "plate"),
    ("车牌⟦苏L·A1234⟧停在门口", "plate"),
    ("新买的⟦苏AD12345⟧", "plate"),
    ("货车是⟦鲁B12345D⟧", "plate"),
    ("教练车⟦浙A1234学⟧", "plate"),
    ("车牌⟦苏ｌ１２３４５⟧", "plate"),
    ("这件事⟦只有我知道⟧", "alone"),
    ("⟦只有我们三个人知道⟧这个群", "alone"),
    ("这摊子⟦就我一个人负责⟧", "alone"),
    ("当天⟦只有我们俩在场⟧", "alone"),
    ("会上⟦只有四个人知道⟧，您别说出去", "alone"),
    ("⟦知道这件事的只有三个人⟧", "alone"),
    ("⟦全村就我一个⟧，一查就是我", "alone"),
    ("⟦我是这个村唯一的会计⟧", "alone"),
    ("台账⟦就我自己⟧做", "alone"),
    ("我叫⟦李明⟧，在村里上班", "name"),
    ("我叫⟦欧阳小明⟧。", "name"),
    ("本人⟦王建国⟧，今年五十岁", "name"),
    ("本人叫⟦张伟⟧，电话⟦13812345678⟧", "name phone"),
    ("我是石桥村的⟦李明⟧，村里每天打卡", "name"),
    ("我是石桥村⟦李明⟧，村里每天打卡", "name"),
    ("我是城东社区的网格员⟦陈静⟧，要填十一张表", "name"),
    ("我是⟦赵敏⟧，一名老师", "name"),
    ("天天填表。\n反映人：⟦周立民⟧", "name"),
    ("举报人:⟦周立民⟧\n2026年11月", "name"),
]

INNOCENT = [
    "办事编号20261122001234567，一直没有答复",
    "工单号13812345678，办了三次",
    "工单编号：6222021103001234567",
    "受理号 15912345678 查不到",
    "工单号GD-2026-13812345678还没回",
    "镇政办发〔2026〕123号文件要求每周上报",
    "文号：苏政发2026-0012345678",
    "预算金额13812345678元，全花在展板上",
    "预算12000000元做展板",
    "合计13500000000.50用于宣传",
    "订单号4367421234567896已经付款",
    "流水号622848031256789100000",
    "统一社会信用代码91321102MA1N2T3X4K",
    "批次号2026112200012345",
    "2026-11-22 08:30到2026-11-23 18:30不准离岗",
    "2026年11月22日上午8点30分开会",
    "二〇二六年十一月二十二日发的通知",
    "全县一千三百八十一万二千三百元",
    "打12345没人管",
    "拨打12388、12315和12333都说不归他们",
    "报警打110，火警119",
    "每月22次，每次10分钟，14个人",
    "一共填了11张表、138个指标、1234个字段",
    "版本号1.3.8.12.3",
    "编码1381234567890123",
    "坐标119.455835,32.204409",
    "身份证信息要在三个系统里各填一遍",
    "银行卡号要重复登记",
    "卡号6222021103001234568不对",
    "321102199013071231不是日期",
    "微信群里天天接龙，微信工作群有15个",
    "QQ群和微信群加起来20个",
    "微信打卡、微信接龙、微信转发",
    "要求转发微信公众号文章100次",
    "@所有人，收到请回复",
    "每周三@一次各村书记",
    "云APP要每天签到",
    "新A系统上线以后更忙",
    "京东采购了三十块展板",
    "只有领导知道为什么要做这个台账",
    "只有我们重视了才算数",
    "我们村只有三个人，要应付十五个部门",
    "村里只有两个人负责十五本台账",
    "唯一的办法是造假",
    "本人对此有意见",
    "本人于去年开始在村里上班",
    "我叫王主任来，他说不行",
    "我叫他别填了",
    "我是村里的网格员，每天打卡",
    "我是社区工作人员，台账太多",
    "我是小学的老师，天天填表",
    "我是张家村的，台账太多",
    "我是江苏，某镇的干部",
    "李明书记要求每天上报",
    "通知里写张伟负责，其实没人管",
    "姓名、电话、住址要填四遍",
    "姓名：某某",
]


@pytest.mark.parametrize(("marked", "kinds"), TELLING)
def test_what_tells_who_wrote_it_is_found_where_it_is(marked, kinds):
    text = re.sub("[⟦⟧]", "", marked)
    found = find(text)
    assert [text[one.start : one.end] for one in found] == [words for words in re.findall("⟦(.*?)⟧", marked) if words]
    assert " ".join(found_one.kind.value for found_one in found) == kinds


@pytest.mark.parametrize("text", INNOCENT)
def test_numbers_of_papers_money_and_everyday_words_are_left_alone(text):
    assert find(text) == ()


def test_the_name_given_as_contact_is_found_wherever_it_stands():
    text = "昨天督查组点名批评李明，说李明没有打卡"
    assert [(one.kind, one.start) for one in find(text, "李明")] == [(Kind.NAME, 9), (Kind.NAME, 13)]
    assert find(text, "李") == find(text, "") == ()


def test_blurring_keeps_the_length_and_everything_else():
    text = "我叫李明，电话１３８１２３４５６７８。\n每天打卡"
    found = find(text)
    assert blur(text, found[1:]) == "我叫李明，电话×××××××××××。\n每天打卡"
    assert blur(text, found) == "我叫××，电话×××××××××××。\n每天打卡"
    assert find(blur(text, found)) == ()
    assert "".join(words for words, _ in pieces(text, found)) == text


def test_the_longest_text_is_read_without_runaway_patterns():
    for sign in ("1", "我", "一", "6 ", "A", "只有我", "我是村的"):
        find((sign * 10_000)[:10_000])
