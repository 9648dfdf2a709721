"""The report in sentences: total, then kinds, then levels, then what was done; at most 1,500 characters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from intake.documents.words import COLUMNS, ROLL_UP_ROWS, ROWS, year_to
from intake.labels import tenths
from intake.services.reports import MonthlyReport, Table
from intake.services.reports.counted import VERDICTS
from intake.services.reports.rollups import LEVELS
from intake.services.reports.value import TOTAL, UNDECIDED

#: Readers' time: 若干规定 allows 4,000 characters for such a paper, this one takes less.
MOST = 1500
#: Kinds that one sentence names at most.
NAMED = 5


@dataclass(frozen=True)
class Paragraph:
    """A heading (`level` 1) or a paragraph of text (0)."""

    level: int
    text: str


def paragraphs(report: MonthlyReport) -> tuple[Paragraph, ...]:
    """The body of the report."""
    parts = (
        ("总体情况", _total(report)),
        ("问题类型", _kinds(report)),
        ("级别分布", _levels(report)),
        ("办理情况", _course(report)),
    )
    found: list[Paragraph] = []
    for number, (heading, sentences) in zip("一二三四", parts, strict=True):
        found.append(Paragraph(1, f"{number}、{heading}"))
        found += [Paragraph(0, text) for text in sentences if text] or [Paragraph(0, "没有可以说明的数字。")]
    return tuple(found)


def _total(report: MonthlyReport) -> Iterator[str]:
    month, totals = report.month, report.table("totals")
    received = totals.number("received", "now")
    yield (
        f"{month.year}年{month.month}月，收到形式主义加重基层负担问题线索{received}条，"
        f"比上月{_change(totals, 'received', 'change', 'change_percent')}，"
        f"{_since_last_year(totals, '比去年同月', 'year_change', 'year_percent')}；"
        f"受理{totals.number('accepted', 'now')}条，不予受理{totals.number('rejected', 'now')}条，{_moved_on(totals)}"
        f"办结{totals.number('closed', 'now')}条，逾期未办结{report.figure('categories', TOTAL, 'overdue')}条。"
    )
    yield (
        f"{year_to(month)}累计收到{totals.number('received', 'to_date')}条，"
        f"{_since_last_year(totals, '比去年同期', 'to_date_change', 'to_date_percent')}，"
        f"受理{totals.number('accepted', 'to_date')}条，办结{totals.number('closed', 'to_date')}条。"
    )


def _moved_on(totals: Table) -> str:
    """Said where there is something to say: a report of before knew no such row."""
    moved = totals.number("transferred", "now")
    return f"移送纪检监察机关{moved}条，" if moved else ""


def _kinds(report: MonthlyReport) -> Iterator[str]:
    trend = report.table("trend")
    total = trend.number(TOTAL, "now")
    counts = {row: n for row in trend.rows if row not in (TOTAL, UNDECIDED, "out_of_scope") and (n := trend.number(row, "now"))}
    if most := _leading(counts):
        named = "，".join(f"“{_name(report, row)}”{counts[row]}条，占{_share(counts[row], total)}" for row in most)
        yield f"从类别看，反映较集中的是：{named}。"
    elif counts:
        yield f"从类别看，反映比较分散，涉及{len(counts)}个类别，没有明显集中的。"
    undecided = trend.number(UNDECIDED, "now")
    outside = trend.number("out_of_scope", "now")
    yield f"不属受理范围的{outside}条，尚未确定类别的{undecided}条。" if outside or undecided else ""
    six = report.table("six")
    grouped = [
        f"{ROLL_UP_ROWS['six'][row]}{n}条" for row in six.rows if row in "123456" and (n := six.number(row, "received"))
    ]
    yield (
        f"按“六个纠治”汇总：{'，'.join(grouped)}；敷衍推诿、虚假整改单列，{six.number('0', 'received')}条。"
        if grouped
        else ""
    )


def _levels(report: MonthlyReport) -> Iterator[str]:
    cases = report.table("cases")
    found = cases.number("now_problems", TOTAL)
    if not found:
        yield "本月办结的线索中没有查实的问题。"
        return
    by_level = "，".join(f"{COLUMNS[level]}{cases.number('now_problems', level)}起" for level in LEVELS)
    yield (
        f"本月查实问题{found}起，批评教育和处理{cases.number('now_people', TOTAL)}人，"
        f"其中党纪政务处分{cases.number('now_disciplined', TOTAL)}人。从级别看，{by_level}；"
        f"乡科级及以下占{_share(cases.number('now_problems', 'township_rank'), found)}。"
    )
    yield (
        f"{year_to(report.month)}累计查实问题{cases.number('year_problems', TOTAL)}起，"
        f"批评教育和处理{cases.number('year_people', TOTAL)}人，其中处分{cases.number('year_disciplined', TOTAL)}人。"
    )


def _course(report: MonthlyReport) -> Iterator[str]:
    verdicts = "，".join(f"{COLUMNS[v]}{report.figure('categories', TOTAL, v)}条" for v in VERDICTS)
    closed = report.figure("categories", TOTAL, "closed")
    yield (
        f"办结的{closed}条中，{verdicts}；采取了整改措施的{report.figure('done', 'measures', 'now')}条。"
        if closed
        else ""
    )
    yield "".join(_time(report.table("times"), row) for row in ("triage", "close"))
    clusters = report.table("clusters_sum")
    if groups := clusters.number("clusters", "count"):
        yield f"一事多报{groups}组，涉及反映人次{clusters.number('clusters', 'reporters')}，牵头线索已办结{clusters.number('clusters', 'closed')}条。"
    burden = report.table("burden")
    if said := burden.number(TOTAL, "said"):
        hours, middle = burden.at(TOTAL, "sum"), burden.at(TOTAL, "median")
        yield f"有{said}人次填写了负担时间，自述每月合计{tenths(hours)}小时，中位数{tenths(middle)}小时；这些数字由反映人自己填写，没有核实。"
    models = report.table("classifier")
    if models.number(TOTAL, "triaged"):
        yield (
            f"自动分类{models.number(TOTAL, 'triaged')}条，有把握的{models.number(TOTAL, 'sure')}条；"
            f"人工已确定{models.number(TOTAL, 'decided')}条，其中更正{models.number(TOTAL, 'changed')}条。"
        )


def _time(times: Table, row: str) -> str:
    count, middle = times.number(row, "count"), times.at(row, "median")
    if not count or middle is None:
        return ""
    unit, what = ("个工作日", "受理") if row == "triage" else ("天", "办结")
    return (
        f"从{'收到到作出是否受理的决定' if row == 'triage' else '受理到办结'}，用时中位数{tenths(middle)}{unit}，九成在{tenths(times.at(row, 'p90'))}{unit}以内，"
        f"超过期限{what}的{times.number(row, 'late')}条。"
    )


def _leading(counts: Mapping[str, int]) -> list[str]:
    """The three largest of these rows and what ties with the third, in order; without a tie that would make more than NAMED;
    none where all are alike."""
    order = sorted(counts, key=lambda row: -counts[row])
    if len(order) > 1 and counts[order[0]] == counts[order[-1]]:
        return []
    least = counts[order[:3][-1]] if order else 0
    tied = [row for row in order if counts[row] >= least]
    return tied if len(tied) <= NAMED else [row for row in tied if counts[row] > least]


def _name(report: MonthlyReport, row: str) -> str:
    """A category without its code."""
    return report.name(row)[3:] or ROWS.get(row, row)


def _since_last_year(totals: Table, compared: str, column: str, percent: str) -> str:
    """What was received against last year; said to be without comparison where nothing at all was received by then."""
    if not totals.number("received", "to_date_before"):
        return "去年同期没有线索记录，无可比数据"
    return f"{compared}{_change(totals, 'received', column, percent)}"


def _change(table: Table, row: str, column: str, percent: str) -> str:
    value, share = table.number(row, column), table.at(row, percent)
    if not value:
        return "持平"
    word = "增加" if value > 0 else "减少"
    said = f"（{share:+.1f}%）" if isinstance(share, (int, float)) else ""
    return f"{word}{abs(value)}条{said}"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%"
