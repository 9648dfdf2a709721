"""Who writes that a life is in danger is given the numbers; who only speaks of danger is not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from intake.rules.dangers import Danger, seen

CORPUS = Path(__file__).resolve().parents[2] / "classifier/data/corpus"

SELF = [
    "我撑不下去了，不想活了，今晚就跳楼",
    "想自杀",
    "领导天天骂，我真的想死",
    "我一个人扛不住，想从楼上跳下去，不如死了算了",
    "遗书已经写好了",
    "我活不下去了",
    "每天对着表格，活着没意思",
    "他逼得我要跳河",
    "我喝了农药",
    "我要自焚",
    "安眠药我已经买好了",
    "我准备从县政府楼上跳下去",
    "割了手腕",
    "我要和他们同归于尽",
]
LIFE = [
    "我老公打我，孩子在哭，现在躲在厕所里",
    "他正在打我，救救我",
    "孩子掉河里了",
    "着火了，三楼有人困在里面",
    "有人拿刀在村委会砍人",
    "昨天检查完就这样，现在楼里着火了",
    "电梯里有老人，困在电梯里半小时",
    "楼道里一股煤气味，敲门没有人应",
    "我妈叫不醒，快叫救护车",
    "有人坐在桥的栏杆外面，叫他不应",
    "房子倒了，里面有人被压在下面",
    "镇里把我关在办公室三天不让走",
    "他们扬言要弄死我全家",
]
ORDINARY = [
    "天天填表，累得想死",
    "气死了，一个月开了二十三次会",
    "忙得要死，还要打卡",
    "想死的心都有了",
    "我们基层都快撑不下去了，台账太多",
    "小店活不下去了，检查太多",
    "每周搞一次消防演练，模拟三楼着火了有人困在里面，拍照上传",
    "反诈宣传要求每人拉十个人下载，“遇到诈骗请报警”的横幅挂了三条",
    "着火点巡查每天三次，一次不打卡就通报",
    "防溺水宣传群里天天接龙，孩子掉河里了怎么办的视频要转发",
    "去年村里着火了，处罚的是网格员",
    "上次有人落水，事后要求每个村再写三份材料",
    "万一着火了算谁的，承诺书叫我们签",
    "要求防跳楼排查，心理倾向人员一天一报",
    "领导打我电话，一天三次",
    "督查组打我们的分",
    "跳楼机项目也要我们验收",
    "为了数据我们天天救火",
    "刀具实名登记表一式四份",
    "反家暴台账要填十一项",
    "工作群里被打了零分",
    "不想活动了，周末天天开展活动",
    "他们搞一刀切",
    "工作群里消息爆炸了",
    "叫不醒装睡的人",
    "我们困在表格里面",
    "我们埋在材料堆里面",
    "报表压得我们喘不上气",
    "手机都冒烟了",
    "我们村被摊派搞得大出血",
    "新官上任三把火烧起来了",
    "每天站在桥上拍照打卡",
    "每周要填学生自杀风险评估表",
    "现在要填学生自杀风险评估表",
]


@pytest.mark.parametrize("text", SELF)
def test_who_wants_to_hurt_himself_is_seen(text):
    assert Danger.SELF in seen(text)


@pytest.mark.parametrize("text", LIFE)
def test_a_life_in_danger_now_is_seen(text):
    assert seen(text) == (Danger.LIFE,)


@pytest.mark.parametrize("text", ORDINARY)
def test_hard_words_drills_leaflets_and_what_is_long_past_are_no_danger(text):
    assert seen(text) == ()


def test_in_the_corpus_two_in_three_emergencies_are_seen_and_hardly_any_other_text():
    rows = [json.loads(line) for path in sorted(CORPUS.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    urgent = [bool(seen(row["text"])) for row in rows if row["reason"] == "emergency"]
    others = [bool(seen(row["text"])) for row in rows if row["reason"] != "emergency"]
    assert sum(urgent) / len(urgent) > 0.6
    assert sum(others) / len(others) < 0.003


def test_the_longest_text_is_read_without_runaway_patterns():
    for sign in ("我", "想", "站在", "想跳", "老公打", "掉", "火"):
        seen((sign * 10_000)[:10_000])
