"""The Chinese of every key of a report, and cells as a reader sees them: one place for every format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from intake import labels
from intake.models import Channel, Report, ReportRevision
from intake.rules.workflow import State, Verdict
from intake.services.directory import referrals
from intake.services.reports import MonthlyReport, Table
from intake.services.reports.counted import COUNTS
from intake.services.reports.public import names_of
from intake.services.reports.value import REST, TOTAL, UNDECIDED, Cell

TITLES = {
    "categories": "各类线索的收到、受理和办结",
    "totals": "总量与上月、去年同月、当年累计的比较",
    "trend": "各类线索收到数的比较",
    "year": "当年逐月情况",
    "reasons": "不予受理的原因",
    "six": "按“六个纠治”汇总",
    "discipline": "按纪检监察机关月报的问题类型汇总",
    "parts": "按《整治形式主义为基层减负若干规定》各部分汇总",
    "places": "各地收到的线索（按区划代码排列）",
    "notices": "各征集公告收到的线索",
    "channels": "线索来源渠道",
    "provisions": "核对后确认涉及的条款",
    "times": "办理用时与期限",
    "done": "处理结果",
    "ratings": "反映人对本月答复的评价",
    "cases": "查实问题统计（栏目同中央纪委国家监委月报表）",
    "clusters_sum": "一事多报",
    "clusters": "一事多报逐件情况（按编号排列）",
    "burden": "反映人自述的负担（未经核实）",
    "classifier": "自动分类的情况",
}
PUBLIC_TITLES = {
    "categories": "收到的线索，按类别", "places": "收到的线索，按地区（不排名）", "results": "受理和办结",
    "six": "收到的线索，按“六个纠治”汇总", "discipline": "收到的线索，按纪检监察机关月报的问题类型汇总",
    "parts": "收到的线索，按《若干规定》各部分汇总",
}  # fmt: skip
UNITS = {"times": "天", "burden": "小时/月", "cases": "起、人", "done": "条、人"}
#: What stands under a table so that nobody misreads it.
NOTES = {
    "categories": "收到、受理、办结都按发生在本月计；“逾期”是到月末（本月没过完的到昨天）期限已过仍未办结的。移送是移送纪检监察机关。",
    "ratings": "按答复的月份计，没有评价的不计；并案办理的，每位评价的反映人各计一次。",
    "parts": "一条线索涉及几个部分的在各部分都计，所以各行之和可以大于合计。",
    "provisions": "由工作人员逐条确认；一条线索可以涉及几条，合计里只计一次。",
    "places": "只列数量，不排名。",
    "times": "受理用时按工作日算，从收到到作出受理、不予受理、并案或移送的决定；办结用时按自然日算，从受理到答复。九成用时：九成线索不超过的天数。",
    "cases": "查实指核查结论为属实或部分属实；级别按被反映单位负责人的职级归类。",
    "burden": "小时数由反映人自己填写（次数×每次分钟×人数），没有核实。",
    "classifier": "更正：工作人员确定的类别和自动分类的不同。",
    "clusters": "“一事多报”包括已并案的和内容相近的线索；承办结果取牵头的一条。",
}
ROWS = {
    TOTAL: "合计",
    UNDECIDED: "尚未确定类别",
    REST: "其他",
    "received": "收到",
    "accepted": "受理",
    "rejected": "不予受理",
    "transferred": "移送",
    "closed": "办结",
    "measures": "办结时采取了措施的线索",
    "educated": "批评教育（人）",
    "disciplined": "处分处理（人）",
    "rated": "合计",
    **{f"rated_{rating.value}": name for rating, name in labels.RATINGS.items()},
    "triage": "受理用时（工作日）",
    "close": "办结用时（自然日）",
    "clusters": "一事多报",
    "now_problems": "本月查实问题（起）",
    "now_people": "本月批评教育和处理（人）",
    "now_disciplined": "其中：党纪政务处分（人）",
    "year_problems": "当年累计查实问题（起）",
    "year_people": "当年累计批评教育和处理（人）",
    "year_disciplined": "当年累计其中：党纪政务处分（人）",
}
ROLL_UP_ROWS = {
    "six": {
        "1": "盲目决策、层层加码", "2": "统计造假", "3": "违规评比创建", "4": "基层隐形负担", "5": "文山会海",
        "6": "督查检查考核、调研中的形式主义", "0": "敷衍推诿、虚假整改（单列）", REST: "不属受理范围和尚未定类",
    },
    "discipline": {
        "1": "贯彻决策部署方面", "2": "履职尽责、服务发展方面", "3": "联系服务群众方面",
        "4": "文山会海、督检考过多过频、过度留痕", "other": "其他", REST: "不属受理范围和尚未定类",
    },
    "parts": {
        "1": "一、精简文件", "2": "二、精简会议", "3": "三、规范督查检查考核", "4": "四、规范借调干部",
        "5": "五、规范政务应用程序", "6": "六、明晰基层权责", "7": "七、规范创建示范和达标",
        REST: "七个部分之外、不属受理范围和尚未定类",
    },
}  # fmt: skip
COLUMNS = {
    "received": "收到", "accepted": "受理", "rejected": "不予受理", "merged": "并案", "transferred": "移送", "closed": "办结", "overdue": "逾期",
    "before": "上月", "now": "本月", "change": "比上月", "change_percent": "比上月（%）", "year_ago": "去年同月",
    "year_change": "比去年同月", "year_percent": "比去年同月（%）", "to_date": "当年累计", "to_date_before": "去年同期",
    "to_date_change": "比去年同期", "to_date_percent": "比去年同期（%）",
    "count": "件数", "median": "中位数", "p90": "九成", "term": "期限", "within": "期限内", "late": "超期",
    "category": "类别", "reporters": "反映人次", "state": "牵头线索状态", "verdict": "结论", "said": "填写人次", "sum": "合计",
    "triaged": "已自动分类", "sure": "有把握", "coverage": "有把握（%）", "decided": "已由人工确定", "changed": "更正",
    "changed_percent": "更正（%）", TOTAL: "合计", UNDECIDED: "未定类",
    "province_rank": "省部级", "city_rank": "地厅级", "county_rank": "县处级", "township_rank": "乡科级及以下",
    "c1": "贯彻决策部署", "c2": "履职尽责", "c3": "联系服务群众", "c4": "文山会海、督检考、留痕", "cother": "其他",
} | {verdict.value: name for verdict, name in labels.VERDICTS.items()}  # fmt: skip
#: What stands over the list of clues behind a number.
BEHIND = {column: COLUMNS[column] for column in COUNTS} | {
    "triage": "作出受理决定", "close": "受理后办结", "triage_within": "期限内作出受理决定", "triage_late": "超期作出受理决定",
    "close_within": "期限内办结", "close_late": "超期办结", "measures": "采取了措施", "educated": "批评教育了人",
    "disciplined": "处分处理了人", "problems": "查实问题", "people": "查实并处理了人", "sanctioned": "查实并给予处分",
    "said": "填写了负担", "rated": "评价了答复", **{f"rated_{rating.value}": f"评价为“{name}”" for rating, name in labels.RATINGS.items()}, "triaged": "已自动分类", "sure": "自动分类有把握", "decided": "已由人工确定类别", "changed": "人工更正了类别",
}  # fmt: skip
_TABLE_COLUMNS = {"clusters": {"merged": "其中已并案"}, "provisions": {"received": "确认涉及的线索"}, "clusters_sum": {"count": "组数", "closed": "牵头线索已办结"}}
_REASONS = {row["slug"]: row["name"] for row in referrals()}


@dataclass(frozen=True)
class Sheet:
    """A table as it is read: title, unit, the head of every column, rows of (what, figures...), a note."""

    key: str
    title: str
    unit: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str
    row_keys: tuple[str, ...]
    column_keys: tuple[str, ...]


def sheets(report: MonthlyReport) -> tuple[Sheet, ...]:
    """Every table of a report with its words, in the report's order."""
    return tuple(sheet(report, table) for table in report.tables)


def sheet(report: MonthlyReport, table: Table) -> Sheet:
    """A table with its words."""
    first = {"clusters": "牵头线索", "places": "地区", "year": "月份", "notices": "公告", "channels": "渠道", "provisions": "条款"}
    head = (first.get(table.key, "项目"), *(column_name(report, table.key, column) for column in table.columns))
    rows = tuple(
        (
            row_name(report, table.key, row),
            *(_shown(table, report, c, v) for c, v in zip(table.columns, cells, strict=True)),
        )
        for row, cells in table
    )
    return Sheet(
        table.key,
        TITLES[table.key],
        UNITS.get(table.key, "条"),
        head,
        rows,
        NOTES.get(table.key, ""),
        table.rows,
        table.columns,
    )


def year_to(month: date) -> str:
    """The months of the year up to `month`, with the year: a report may be issued in the next."""
    return f"{month.year}年1月" + (f"至{month.month}月" if month.month > 1 else "")


def title(report: MonthlyReport) -> str:
    """What the report is called."""
    return f"{report.month.year} 年 {report.month.month} 月线索分类统计"


def row_name(report: MonthlyReport, table: str, row: str) -> str:
    """What stands before a row's figures."""
    if table in ROLL_UP_ROWS and row in ROLL_UP_ROWS[table]:
        return ROLL_UP_ROWS[table][row]
    if table == "channels" and row in set(Channel):
        return labels.CHANNELS[Channel(row)]
    if table == "reasons" and row in _REASONS:
        return _REASONS[row]
    if table == "places" and row == REST:
        return "其他地方"
    if row.startswith("~"):
        return f"{report.name(row)}（只写到本级）"
    return report.name(row) or ROWS.get(row, row)


def short_names(report: MonthlyReport, table: Table) -> list[str]:
    """The short names of a table's categories."""
    return [report.name(f"short:{row}") or row_name(report, table.key, row) for row in table.rows]


def column_name(report: MonthlyReport, table: str, column: str) -> str:
    """What stands over a column."""
    return _TABLE_COLUMNS.get(table, {}).get(column) or COLUMNS.get(column) or report.name(f"short:{column}") or column


def _shown(table: Table, report: MonthlyReport, column: str, cell: Cell) -> Cell:
    """A code as its words; numbers and None as they are."""
    if not isinstance(cell, str):
        return cell
    if column == "state":
        return labels.STATES[State(cell)]
    if column == "verdict":
        return labels.VERDICTS[Verdict(cell)]
    return row_name(report, "", cell)


def compared(report: MonthlyReport, other: MonthlyReport) -> Sheet:
    """Two months side by side: what came in by category."""
    left, right = report.table("categories"), other.table("categories")
    rows = tuple(dict.fromkeys([*(r for r in left.rows if r != TOTAL), *(r for r in right.rows if r != TOTAL), TOTAL]))
    cells = tuple((row_name(report if row in left.rows else other, "", row), *_pair(left, right, row)) for row in rows)
    heads = tuple(f"{r.month.year} 年 {r.month.month} 月{what}" for what in ("收到", "办结") for r in (report, other))
    keys = tuple(f"{column}@{r.month:%Y-%m}" for column in ("received", "closed") for r in (report, other))
    return Sheet("compared", "两个月的比较", "条", ("项目", *heads), cells, "", rows, keys)


def _pair(left: Table, right: Table, row: str) -> tuple[int, ...]:
    return tuple(table.number(row, column) for column in ("received", "closed") for table in (left, right))


def changes(report: MonthlyReport, record: Report) -> tuple[tuple[ReportRevision, tuple[str, ...]], ...]:
    """Every correction of a report with its changes as sentences."""
    return tuple((r, tuple(_changed(report, c) for c in r.changes)) for r in record.revisions if r.number)


def _changed(report: MonthlyReport, change: dict[str, Any]) -> str:
    row = row_name(report, change["table"], change["row"])
    column = column_name(report, change["table"], change["column"])
    old, new = ("无" if change[k] is None else change[k] for k in ("old", "new"))
    return f"{TITLES[change['table']]}：{row}，{column}，{old} → {new}"


def public_sheets(publication: Mapping[str, Any] | None) -> tuple[Sheet, ...]:
    """The tables of a publication with their words; a hidden count is None."""
    if publication is None:
        return ()
    return tuple(
        Sheet(
            table, PUBLIC_TITLES[table], "条", ("项目", "数量"),
            tuple((public_name(publication, table, row), count) for row, count in counts.items()),
            NOTES.get(table, "") if table != "categories" else "", tuple(counts), ("count",),
        )
        for table, counts in publication["tables"].items()
    )  # fmt: skip


def public_name(publication: Mapping[str, Any], table: str, row: str) -> str:
    """What a row of a publication is called."""
    if table in ROLL_UP_ROWS:
        return ROLL_UP_ROWS[table].get(row, row)
    known = names_of(publication).get(row)
    if row.startswith("~"):
        return f"{known}（只写到本级）"
    return known or ROWS.get(row) or COLUMNS.get(row, row)
