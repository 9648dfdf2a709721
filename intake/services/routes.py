"""Routing of a table of cases, from the seeds and rules alone: for any place in the country, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from intake import labels
from intake.rules.naming import Place
from intake.rules.routing import AccusedLevel, Rule, choose_office

#: What a table must have; without level or accused they are not known.
COLUMNS = ("category", "region")


def route_rows(
    rows: Iterable[Mapping[str, str]], places: Mapping[str, Place], rules: Sequence[Rule], names: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Each row (category, region, level, accused) with office, remit and the reason in one sentence.

    `region` becomes the code of the region that answers, the one given moves to `region_given`; all are empty where a
    person must decide. `names` gives the Chinese of a category slug.
    """
    for row in rows:
        yield {**row, "region_given": row.get("region") or "", **_routed(row, places, rules, names)}


def _routed(
    row: Mapping[str, str], places: Mapping[str, Place], rules: Sequence[Rule], names: Mapping[str, str]
) -> dict[str, str]:
    given = (row.get("region") or "").strip()
    level = (row.get("level") or "").strip() or AccusedLevel.UNKNOWN
    category = (row.get("category") or "").strip()
    place = find_place(given, places)
    if problem := _problem(given, place, level, category, names):
        return {"region": "", "office": "", "remit": "", "reason": problem}
    route = choose_office(category, AccusedLevel(level), place, row.get("accused") or "", rules)
    code = route.place.code if route.place and route.office else ""
    return {
        "region": code, "office": route.office or "", "remit": route.remit or "",
        "reason": labels.explain_route(route, names[category]),
    }  # fmt: skip


def find_place(code: str, places: Mapping[str, Place]) -> Place | None:
    """The place of a code of 2 to 12 digits: a village's code means its township, one without its zeros the same place."""
    for candidate in (code[:9], code[:6].ljust(6, "0") if len(code) <= 6 else code[:6]):
        if candidate in places:
            return places[candidate]
    return None


def _problem(given: str, place: Place | None, level: str, category: str, names: Mapping[str, str]) -> str:
    if given and place is None:
        return f"地区代码 {given} 不在行政区划里，请核对。"
    if level not in set(AccusedLevel):
        return f"级别 {level} 不认识，请用 {'、'.join(AccusedLevel)} 之一。"
    if category not in names:
        return f"类别 {category} 不认识，请用 categories.csv 里的 slug。"
    return ""
