"""Tables, settings and archives that are damaged end in the error that their reader declares; fuzzing found these."""

from __future__ import annotations

import io
import zlib

import pytest

from bench.fuzz_parsers import TARGETS, judged
from intake import config
from intake.db import transaction
from intake.errors import ArchiveUnusable, ConfigError
from intake.rules.naming import parse_regions
from intake.services import directory, regions_source
from intake.tools import read_calendar


@pytest.mark.parametrize("packed", [b"no zip", zlib.compress(b"no gzip"), zlib.compress(b"no JSON\n", wbits=31)])
def test_an_archive_whose_table_cannot_be_unpacked_is_damaged(packed):
    with pytest.raises(ArchiveUnusable) as refused:
        TARGETS["archive"].parse(b"T" + packed)
    assert refused.value.problem == "damaged"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"off = 3", b"off = [", b'off = ["2027-01-01"]', b"holidays = [2027-01-01]", b"published = [2027-01-01]"])
def test_a_calendar_that_is_no_table_of_lists_stops_the_start_with_a_sentence(tmp_path, content):
    (tmp_path / "calendar.toml").write_bytes(content)
    with pytest.raises(ConfigError, match="读不懂"):
        read_calendar(str(tmp_path / "calendar.toml"))


def test_new_divisions_are_taken_in_and_the_old_ones_stay(database, tmp_path):
    table = "code,name,parent\n320000,江苏省,\n321100,镇江市,320000\n321199,新设区,321100\n"
    (tmp_path / "regions.csv").write_text(table, "utf-8")
    with transaction(database) as session:
        before = directory.regions(session)
        assert directory.load_regions(session, tmp_path / "regions.csv") == 1
        assert directory.load_regions(session, tmp_path / "regions.csv") == 0
        assert directory.regions(session) == before + 1
        assert directory.place(session, "321199").full_name == "江苏省镇江市新设区"


def test_settings_that_are_no_utf8_stop_the_start_with_a_sentence(tmp_path):
    (tmp_path / "config.toml").write_bytes("SITE_NAME = '松绑'".encode("gb18030"))
    with pytest.raises(ConfigError, match="读不懂"):
        config.load({"INSTANCE": str(tmp_path)})


@pytest.mark.parametrize("content", ["代码,名称\n321112,丹徒区\n".encode("gb18030"), b"code,name,parent\n321112,x,321100\n"])
def test_regions_that_are_no_such_table_are_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "regions.csv").write_bytes(content)
    with pytest.raises(ConfigError, match="区划文件读不懂"):
        directory._read_regions(tmp_path / "regions.csv")


@pytest.mark.parametrize("name", ["provinces", "cities", "areas", "streets"])
def test_divisions_that_do_not_fit_together_are_named(tmp_path, name):
    heads = {
        "provinces": "code,name\n32,江苏省\n", "cities": "code,name,provinceCode\n3211,镇江市,32\n",
        "areas": "code,name,cityCode,provinceCode\n321112,丹徒区,3211,32\n", "streets": "code,name,areaCode\n321112100,高资街道,321112\n",
    }  # fmt: skip
    for table, text in (heads | {name: "name\n镇江市\n"}).items():
        (tmp_path / f"{table}.csv").write_text(text, "utf-8")
    with pytest.raises(ValueError, match="the tables lack or do not know"):
        list(regions_source.build(tmp_path))


@pytest.mark.parametrize("table", ["code,name,parent\n321112,丹徒区,321100\n", "code,name\n320000,江苏省\n"])
def test_a_region_without_its_parent_is_named(table):
    with pytest.raises(ValueError, match="lacks or does not know"):
        parse_regions(io.StringIO(table))


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_parser_takes_its_seeds_and_cut_ones_as_it_declares(name):
    target = TARGETS[name]
    for seed in target.seeds()[:3]:
        assert judged(target, seed) is None
        assert judged(target, seed[: len(seed) // 2]) is None
