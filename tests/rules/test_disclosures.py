"""What in a text gives its writer away is found, and what merely looks like it is left alone."""

from __future__ import annotations

from itertools import pairwise

import pytest

from intake.rules.disclosures import BLUR, Kind, blur, find, pieces

FOUND = [
    ("我的电话是13812345678，请联系", Kind.PHONE, "13812345678"),
    ("打我手机 138 1234 5678 就行", Kind.PHONE, "138 1234 5678"),
    ("１３９８７６５４３２１是我的号", Kind.PHONE, "１３９８７６５４３２１"),
    ("138-1234-5678", Kind.PHONE, "138-1234-5678"),
    ("一三八一二三四五六七八是我的号码", Kind.PHONE, "一三八一二三四五六七八"),
    ("请拨幺五九〇〇一一二二三三", Kind.PHONE, "幺五九〇〇一一二二三三"),
    ("+86 13812345678", Kind.PHONE, "+86 13812345678"),
    ("有事找我13812345678一共来过三次", Kind.PHONE, "13812345678"),
    ("单位座机0511-84412345", Kind.PHONE, "0511-84412345"),
    ("（0511）84412345一直占线", Kind.PHONE, "（0511）84412345"),
    ("010-65129999是我们办公室", Kind.PHONE, "010-65129999"),
    ("联系电话：84412345", Kind.PHONE, "84412345"),
    ("固话 0736 7712345", Kind.PHONE, "0736 7712345"),
    ("身份证11010519491231002X", Kind.IDENTITY, "11010519491231002X"),
    ("身份证号 110105 19491231 002x", Kind.IDENTITY, "110105 19491231 002x"),
    ("１１０１０５１９４９１２３１００２Ｘ", Kind.IDENTITY, "１１０１０５１９４９１２３１００２Ｘ"),
    ("让我填身份证320102198503071234，抄错一位也算", Kind.IDENTITY, "320102198503071234"),
    ("老身份证110105491231002", Kind.IDENTITY, "110105491231002"),
    ("工资卡6222021234567890128", Kind.CARD, "6222021234567890128"),
    ("卡号 6222 0212 3456 7890 128", Kind.CARD, "6222 0212 3456 7890 128"),
    ("卡4111111111111111扣了钱", Kind.CARD, "4111111111111111"),
    ("邮箱zhang.san@163.com", Kind.MAIL, "zhang.san@163.com"),
    ("答复请发ｌｉ＠ｑｑ．ｃｏｍ", Kind.MAIL, "ｌｉ＠ｑｑ．ｃｏｍ"),
    ("发到li_4@mail.example.cn即可", Kind.MAIL, "li_4@mail.example.cn"),
    ("加我微信zhangsan_88", Kind.ACCOUNT, "zhangsan_88"),
    ("微信号：wxid_abc123", Kind.ACCOUNT, "wxid_abc123"),
    ("vx：abc12345", Kind.ACCOUNT, "abc12345"),
    ("我的QQ是123456789", Kind.ACCOUNT, "123456789"),
    ("扣扣号 87654321", Kind.ACCOUNT, "87654321"),
    ("我开的车苏L12345被贴条", Kind.PLATE, "苏L12345"),
    ("新能源苏AD12345", Kind.PLATE, "苏AD12345"),
    ("大车京A12345D", Kind.PLATE, "京A12345D"),
    ("苏A·8D123停在门口", Kind.PLATE, "苏A·8D123"),
    ("我叫张三，在某街道工作", Kind.NAME, "张三"),
    ("本人李小明，是某局干部", Kind.NAME, "李小明"),
    ("我是王家村的赵大勇", Kind.NAME, "赵大勇"),
    ("我是社区网格员刘敏，每天打卡", Kind.NAME, "刘敏"),
    ("我叫欧阳文，今年三十岁", Kind.NAME, "欧阳文"),
    ("反映人：陈芳", Kind.NAME, "陈芳"),
    ("这事只有我们三个人知道", Kind.ALONE, "只有我们三个人知道"),
    ("台账就我一个人负责", Kind.ALONE, "就我一个人负责"),
    ("全科只有我会做这个表", Kind.ALONE, "全科只有我会做这个表"),
    ("知道这件事的只有两个人", Kind.ALONE, "知道这件事的只有两个人"),
    ("我是镇里唯一的统计员", Kind.ALONE, "我是镇里唯一的统计员"),
]  # fmt: skip

LEFT_ALONE = [
    "办事编号202611220001234",
    "文号镇政办发〔2026〕15号",
    "国办发〔2026〕138号文件要求每周上报",
    "预算13800000000元",
    "项目预算 138.12345678 亿元",
    "投资1381234万元修了一个广场",
    "工单号13812345678",
    "12345工单编号：13912345678",
    "订单编号6222021234567890128",
    "流水号4111111111111111",
    "查询码K7M2P-9QXWR-4TZ8N-B3HJC",
    "合同号GF-2026-13812345678",
    "受理号 320102198503071235",
    "统一社会信用代码91320100MA1MXXXX5T",
    "数字编号6222021234567890123没有通过校验",
    "随手写的18位数字123456789012345678",
    "日期不对的号999999199913450021",
    "2026-11-25至2026-12-01每天开会",
    "会议从8:00开到18:00，一共13次",
    "20261125上午通知，20261126下午就要",
    "拨打12345没人接",
    "已经打过12388和12315",
    "请打110报警",
    "填了13812份表",
    "一共一百三十八户，一二三组都要填",
    "一二三四五六七，七六五四三二一，天天喊口号",
    "面积138123平方米",
    "微信群里天天接龙",
    "每天刷微信公众号，关注人数排名",
    "QQ群也要打卡，共有3个",
    "用App打卡，每天8次",
    "苏A平台和苏B平台数据要填两遍",
    "京津冀三地一起检查",
    "网址 www.example.gov.cn 打不开",
    "@所有人 收到请回复",
    "我是村干部，每天填表",
    "我是张书记的下属",
    "我是王家村的，每天要打卡",
    "我叫不动他们，只好自己填",
    "本人严重反对层层加码",
    "本人何时能休息",
    "反映人：某某",
    "我们三个人去填表",
    "只有我们加班",
    "只有领导签字才能报销",
    "大家都知道这件事",
    "我叫苦也没有用，石油公司照样检查",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "words"), FOUND)
def test_what_gives_the_writer_away_is_found(text, kind, words):
    assert [(one.kind, text[one.start : one.end]) for one in find(text)] == [(kind, words)]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_it_is_left_alone(text):
    assert [(one.kind, text[one.start : one.end]) for one in find(text)] == []


def test_the_name_given_as_contact_is_found_wherever_it_stands():
    text = "昨天老周填表到半夜，老周是我"
    assert [text[one.start : one.end] for one in find(text, "老周")] == ["老周", "老周"]
    assert find(text) == find(text, "周") == ()


def test_finds_come_in_reading_order_and_never_overlap():
    text = "本人李小明，13812345678，身份证11010519491231002X，全科只有我会做"
    found = find(text, "李小明")
    assert [one.kind for one in found] == [Kind.NAME, Kind.PHONE, Kind.IDENTITY, Kind.ALONE]
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert "".join(words for words, _ in pieces(text, found)) == text


def test_blurring_hides_the_chosen_finds_and_nothing_else():
    text = "本人李小明，电话138 1234 5678。"
    name, phone = find(text)
    assert blur(text, [phone]) == f"本人李小明，电话{BLUR * 13}。"
    assert find(blur(text, [name, phone])) == ()
    assert blur(text, []) == text
