"""Makes regions.csv from the tables of npm's china-division: `python -m intake.services.regions_source DIST OUT`.

DIST is the package's dist folder (provinces.csv, cities.csv, areas.csv, streets.csv). Divisions that exist only on
paper (市辖区, 县, 省直辖县级行政区划, 自治区直辖县级行政区划) are folded away; a city without counties carries its
townships itself.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

PAPER = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}
SOURCE = "# All divisions down to township. Source: npm china-division 2.7.0 (统计用区划代码, 2023-06-30), WTFPL, two counties from @vant/area-data 2.1.0; made by intake/services/regions_source.py\n"
Row = tuple[str, str, str]
#: GB/T 2260 has them; the package's tables have no divisions below them.
UNDIVIDED: tuple[Row, ...] = (
    ("710000", "台湾省", ""),
    ("810000", "香港特别行政区", ""),
    ("820000", "澳门特别行政区", ""),
)
#: Counties made after the package's date (新疆 2024-12), from npm @vant/area-data 2.1.0; their townships are not known yet.
LATER: tuple[Row, ...] = (("653228", "和康县", "653200"), ("653229", "和安县", "653200"))


def build(folder: Path) -> Iterator[Row]:
    """(code, name, parent code) of every real division, parents before children.

    Raises ValueError for tables that do not fit together.
    """
    try:
        yield from _divisions(folder)
    except (KeyError, TypeError, csv.Error) as error:
        raise ValueError(f"the tables lack or do not know {error}") from error


def _divisions(folder: Path) -> Iterator[Row]:
    provinces = [(row["code"] + "0000", row["name"], "") for row in _read(folder / "provinces.csv")]
    cities = [
        (r["code"] + "00", r["name"], r["provinceCode"] + "0000")
        for r in _read(folder / "cities.csv")
        if r["name"] not in PAPER
    ]
    yield from provinces
    yield from UNDIVIDED
    yield from cities
    names = {code: name for code, name, _ in cities}
    standing = {}
    for row in _read(folder / "areas.csv"):
        city = row["cityCode"] + "00"
        if names.get(city) == row["name"]:
            standing[row["code"]] = city
            continue
        standing[row["code"]] = row["code"]
        yield row["code"], row["name"], city if city in names else row["provinceCode"] + "0000"
    yield from LATER
    for row in _read(folder / "streets.csv"):
        yield row["code"], row["name"], standing[row["areaCode"]]


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def main(folder: str, out: str) -> None:
    with Path(out).open("w", encoding="utf-8", newline="") as file:
        file.write(SOURCE)
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "parent"))
        writer.writerows(build(Path(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
