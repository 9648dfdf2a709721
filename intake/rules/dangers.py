"""Words that say somebody's life is in danger now: fixed, few, and tried before any model has its say.

Whoever is shown the numbers without need loses a line; what only speaks of danger (a drill, a leaflet, last year) is left out.
Numbers: 110, 119, 120; 12356 is the psychological aid line of the whole country since 1 May 2025, at least 18 hours a day
(国家卫生健康委, 2024-12-25).
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Danger(StrEnum):
    """To whom: LIFE from outside, SELF from the writer's own hand."""

    SELF = "self"
    LIFE = "life"


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_RUN = r"[^,。;!?\n]"
_WILL = r"(?:想|要(?!求)|准备|打算|念头|试图|今晚|今天|现在|马上|正在?|站在|闹着|不如|有了?|死活|干脆)"
_WAYS = r"(?:跳(?:楼(?![价机梯]|[式甩])|河|江|海|桥|井|轨)|割腕|上吊|轻生|投[河江]|卧轨|烧炭自杀|自尽|寻短见|寻死|自残|伤害自己|自杀|自焚)"
_SELF = _any(
    rf"(?<!不){_WILL}{_RUN}{{0,4}}{_WAYS}",
    r"不想(?:再)?活(?:了|下去|着|在)",
    r"(?<!得)(?:我|俺)(?:真的?|只|就|好|很|现在|有点|都|天天|每天|是)*想死(?!你|他|她|你们|的心)",
    r"(?:我|俺)(?!们)(?:真的?|实在|现在|一个人|已经|快要?|都|也|再也|是)*(?:撑|活|挺|熬)不下去",
    r"活着(?:真的?|也|都)?没(?:有)?(?:什么|啥)?意[思义]",
    r"(?:不如|去)死了(?:算了|痛快|好)?|死了算了|一死了之|死给(?:你|他|她|他们|领导|大家)看|以死(?:明志|抗争|相)",
    r"(?:结束|了结|了断)(?:我|自己|我自己)?的?(?:生命|性命|这条命|一生|自己)",
    rf"(?:我|{_WILL}){_RUN}{{0,4}}喝了?(?:农药|百草枯|敌敌畏|老鼠药)|(?:吞|吃)(?:了|下)?(?:一?整?瓶|一把|大量|很多)(?:安眠药|药)",
    r"(?:写|留)(?:好|下)?了?遗书|遗书(?:已经)?(?:写|留)",
    rf"{_WILL}{_RUN}{{0,3}}从{_RUN}{{1,12}}跳下|割(?:了|开|破)(?:自己的?)?手?腕|(?:要|想|只能|就)[和跟与]{_RUN}{{1,6}}同归于尽",
    r"(?:安眠药|百草枯|敌敌畏)(?:我|都|也|已经)*(?:买|备|准备)好了|(?:买|备|准备)好了?(?:安眠药|百草枯|敌敌畏)",
)
_NEAR = r"(?:老公|丈夫|男朋友|男友|前夫|爱人|老婆|老伴|爸爸?|妈妈?|父亲|母亲|继父|后爸|儿子|公公|婆婆|他们?|她|有人|一群人|几个人)"
_WATER = r"(?:河|井|水|塘|池|湖|沟|江|海|坑|冰窟|水库|化粪池|窨井)"
_LIFE = _any(
    # violence
    rf"{_NEAR}(?:又|正|正在|在|现在|还在|天天|一直|经常|要|动手)*[打杀砍捅掐]我(?!们)(?!的?(?:电话|手机|招呼|小报告|分|脸|主意))",
    rf"(?:有人|一个人|男的|{_NEAR}|歹徒|持|举着?|挥着?){_RUN}{{0,6}}(?:持|拿|举|挥)?着?(?:菜|砍|水果|长|匕首)?[刀斧枪](?![具耕把闸柜])",
    r"砍[人我]|捅[人我](?!娄)|杀人了|[要快]杀[人我]|(?:把|快)(?:我|人)?(?:被)?打死|要打死[我人]|劫持|绑架了?[我他她]|被绑架|入室(?:抢劫|行凶)|正在抢劫",
    rf"我{_RUN}{{0,8}}[被遭受]{_RUN}{{0,4}}家暴|家暴我|(?:要|正在|在)(?:强奸|性侵|猥亵)|被(?:人)?(?:强奸|关起来|软禁|非法拘禁)了?",
    rf"把我(?!们)[关锁扣](?:在|进){_RUN}{{1,10}}不(?:让|准|许)|(?:要|会)弄死[我你](?!了)",
    # fire, gas, collapse
    r"(?:着|起|失)(?:大)?火了|着大火|(?:烧|火)起来了|火(?:势|苗|头)|冒(?:着)?(?:浓|大)烟|冒烟了|后?山起火|爆炸了",
    r"(?:煤气|燃气|天然气|液化气|氨)(?:罐|管|阀门?)?(?:正在|在)?(?:泄漏|泄露|漏了|破裂|中毒了)|煤气味",
    r"(?:人|孩子|老人|我们?){1,2}[被给]?(?:埋|压)(?:在|住)|埋在(?:下面|里面|土里)|山洪(?:来了|冲|已|下来)|卡在里面",
    # water, traps, bodies
    rf"[掉落跌摔滑](?:进|入|到|在|下)?了?(?:{_WATER})(?:里|中|去)?了?(?:里|去|,|。|!|$)|(?:孩子|小孩|有人|学生|老人|人)落水|溺水了|被(?:大|洪)?水(?:冲走|围困|卷走)",
    r"困(?:在|住)了?[^,。;!?\n]{0,4}(?:里面|楼上|楼顶|电梯|屋里|屋顶|火里|火场|洪水|水里|水中|车里|房里|房间|井下)|[有老孩]人?子?被困",
    r"(?:坐|站|骑|翻|爬)(?:在|到|过|上)?(?:了)?[^,。;!?\n]{0,4}(?:栏杆|护栏|窗台|楼顶|桥)(?:外|边上|上|了)|有人[^,。;!?\n]{0,6}要跳(?!槽|绳|舞)",
    r"昏迷(?:了|不醒)|误服|喘不上气|头[^,。;!?\n]{0,3}(?:在流血|有血)|倒在[^,。;!?\n]{1,8}(?:不动|叫不|喊他|喊她)",
    r"快来人|快(?:点)?派[人警]|快(?:点)?叫(?:人|救护车)|叫救护车|快报警|帮[^,。;!?\n]{0,3}报警|求(?:出警|救援)|喊救命|叫救命|救救(?:$|我(?!们)|老|孩子的命)|速救",
    r"没(?:有)?(?:呼吸|心跳)了?|叫不醒|大出血|(?:人|孩子|老人|爸|妈)(?:快|要|快要)不行了|触电了|心脏病(?:犯|发)|不省人事",
)
_PAPER = r"(?:表|材料|文件|文山|台账|报告|数据|会海|任务|指标)"
_FIGURES = _any(
    r"一刀切|三把火(?:都|也|已经)*(?:烧起来了?)?|叫不醒(?:一?个)?装睡|(?:搞|弄)得(?:我们?|大家|村里|企业)?大出血",
    r"(?:消息|信息|群里?|脑袋|心态)(?:都|要|快|就)*爆炸了|(?:手机|电话|键盘|打印机|嗓子)(?:都|要|快|就)*冒烟了",
    rf"(?:困|埋|压)(?:在|住)了?{_RUN}{{0,4}}{_PAPER}|[压累忙逼]得(?:我们?|人|大家|基层)?喘不上气",
    rf"站在{_RUN}{{0,4}}(?:桥|楼顶|栏杆|护栏)[上边外]*(?:拍照|打卡|值守|值班)|自杀(?:风险|危机)?(?:评估|筛查|预防|风险)",
)
_SPOKEN_OF = _any(
    "演练|模拟|假装|预案|宣传|培训|讲座|警示|案例|通报|剧本|电影|小品|反诈|防火|防溺水|反恐|反家暴|讲的是|倾向|干预|排查",
    "怎么办的|怎么救|如果|要是|真着火|着火了(?:算|就|要|吗|怎么)|万一|假如|假设|比如|例如|即使|哪怕|以为|不着火|没着火|像.{0,6}一样|似的|仿佛|就像|好像",
)
_PAST = _any(
    "去年|前年|上个?月|上周|上次|上回|有一?次|有一?回|以前|从前|曾经|当时|当年|那年|那次|那天|后来|事后|年前|昨夜|昨晚上?那|小时候",
    "20[0-9]{2}年|[0-9]+月份?的?那?|所幸|已经(?:救|扑灭|送医|处理)|救下来了|扑灭",
)
_NOW = _any("现在|正在|此刻|马上|今晚|刚刚|刚才|快来|快派|还在|又")
_SENTENCES = re.compile(r"[^。!?;\n]+[。!?;\n]?")
_CLAUSES = re.compile(r"[^,]+")


def seen(text: str) -> tuple[Danger, ...]:
    """The dangers that a text speaks of as present, SELF first; () for nearly every text."""
    sentences = _SENTENCES.findall(unicodedata.normalize("NFKC", text))
    found = {
        Danger.SELF: any(_speaks(_SELF, one) for one in sentences),
        Danger.LIFE: any(_speaks(_LIFE, one) and not _is_past(one) for one in sentences),
    }
    return tuple(danger for danger, is_there in found.items() if is_there)


def _speaks(words: re.Pattern[str], sentence: str) -> bool:
    """Whether a clause of the sentence has these words outside its figures of speech and does not only speak of them."""
    clauses = (_FIGURES.sub(" ", clause) for clause in _CLAUSES.findall(sentence))
    return any(words.search(clause) and not _SPOKEN_OF.search(clause) for clause in clauses)


def _is_past(sentence: str) -> bool:
    return bool(_PAST.search(sentence)) and not _NOW.search(sentence)
