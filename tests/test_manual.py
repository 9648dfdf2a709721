"""The operator's manual says what is so: its table of settings, its commands, the headings other places name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from intake import config, labels

ROOT = Path(__file__).resolve().parent.parent
MANUAL = (ROOT / "docs" / "manual.md").read_text("utf-8")


def test_the_table_of_settings_is_what_the_command_prints():
    shown = re.search(r"<!-- settings -->\n(.*)\n<!-- /settings -->", MANUAL, re.DOTALL).group(1)
    assert shown == config.as_markdown()


@pytest.mark.parametrize("name", ["manual.md", "deploy.md", "alerts.yml"])
def test_every_command_it_names_is_there(tmp_path, name):
    from intake import create_app

    app = create_app({"INSTANCE": str(tmp_path)})
    text = (ROOT / "docs" / name).read_text("utf-8")
    named = set(re.findall(r"(?:flask|--app wsgi) ([a-z][a-z-]+)", text))
    assert named
    assert named <= set(app.cli.commands)
    app.extensions["engine"].dispose()


def test_compose_and_systemd_say_the_same():
    compose = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
    lines = (ROOT / "deploy" / "songbang.env").read_text("utf-8").splitlines()
    by_systemd = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    shared = {
        name: value for name, value in compose["x-songbang"]["environment"].items() if name.startswith("SONGBANG_")
    }
    apart = {"SONGBANG_DATABASE_URL", "SONGBANG_METRICS_TOKEN_FILE", "SONGBANG_TRUSTED_HOSTS", "SONGBANG_RATE_STORE"}
    assert all(one["SONGBANG_RATE_STORE"].startswith("redis://") for one in (shared, by_systemd))
    assert {k: v for k, v in shared.items() if k not in apart} == {
        k: v for k, v in by_systemd.items() if k not in apart
    }
    assert {name.removeprefix("SONGBANG_") for name in shared} <= {setting.name for setting in config.SETTINGS}
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy").glob("songbang-*@.service")}
    for service in ("web", "worker"):
        assert compose["services"][f"{service}1"]["command"] in units[f"songbang-{service}@.service"]
        assert f"{service}2" in compose["services"]


def test_the_processes_of_the_public_form_cannot_reach_the_key_of_contact_data():
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))["services"]
    mounting = {
        name for name, one in services.items() if any("contact:" in volume for volume in one.get("volumes", ()))
    }
    told = {name for name, one in services.items() if "SONGBANG_CONTACT_KEY_FILE" in one.get("environment", {})}
    assert mounting == told == {"console", "worker1", "worker2"}
    assert "SONGBANG_CONTACT_KEY_FILE" not in (ROOT / "deploy" / "songbang.env").read_text("utf-8")
    routed = (ROOT / "deploy" / "Caddyfile.compose").read_text("utf-8")
    assert "@console path /console /console/*\n\treverse_proxy @console console:8003" in routed


def test_every_setting_and_heading_that_is_named_is_there():
    headings = set(re.findall(r"^#+ (.*)$", MANUAL, re.MULTILINE))
    words = [*labels.FAULTS.values(), (ROOT / "docs" / "alerts.yml").read_text("utf-8")]
    named = {name for text in words for name in re.findall(r"手册“([^”]+)”", text)}
    assert named <= headings
    assert set(re.findall(r"\(#([^)]+)\)", MANUAL)) <= headings
    assert set(re.findall(r"SONGBANG_([A-Z0-9_]+)", MANUAL)) <= {s.name for s in config.SETTINGS} | {""}
