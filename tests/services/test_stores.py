"""Sealed files in a bucket of a service that checks signatures: the same as in a folder, and what happens when it is away."""

from __future__ import annotations

import io
import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from moto import settings as moto_settings
from moto.core.responses import ActionAuthenticatorMixin
from moto.server import ThreadedMotoServer
from sqlalchemy import select

from intake import config, jobs, uploads
from intake.db import make_engine, reading, transaction
from intake.errors import ArchiveUnusable, ConfigError, NotFound
from intake.models import Attachment
from intake.services import attachments, checks, clues, vault
from intake.tools import Tools
from intake.upkeep import backup as backups
from intake.upkeep import sealing
from tests import factories as make
from tests.cleaning import corpus
from tests.conftest import on_sqlite_alone
from tests.processes import free_port
from tests.services.test_attachments import Sent

BUCKET = "songbang-files"


@dataclass
class Service:
    """An S3-compatible service on loopback with one bucket and one key that may use it."""

    origin: str
    server: ThreadedMotoServer
    key_file: Path

    def settings(self, **changed: str) -> dict[str, str]:
        return {"S3_BUCKET": f"{self.origin}/{BUCKET}", "S3_KEY_FILE": str(self.key_file)} | changed


@pytest.fixture
def service(tmp_path, monkeypatch) -> Iterator[Service]:
    monkeypatch.setattr(ActionAuthenticatorMixin, "request_count", 0)
    monkeypatch.setattr(moto_settings, "INITIAL_NO_AUTH_ACTION_COUNT", 4)
    server = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    server.start()
    reset = urllib.request.Request("http://{}:{}/moto-api/reset".format(*server.get_host_and_port()), method="POST")
    urllib.request.urlopen(reset).close()
    origin = "http://{}:{}".format(*server.get_host_and_port())
    key_file = tmp_path / "s3.key"
    key_file.write_text("\n".join(_key_for_one_bucket(origin)))
    yield Service(origin, server, key_file)
    server.stop()


def _key_for_one_bucket(origin: str) -> tuple[str, str]:
    """The bucket, and a user who may use it and nothing else: four calls; from then on every signature is checked."""
    login = {"endpoint_url": origin, "region_name": "us-east-1", "aws_access_key_id": "first", "aws_secret_access_key": "first"}
    boto3.client("s3", **login).create_bucket(Bucket=BUCKET)
    users = boto3.client("iam", **login)
    users.create_user(UserName="songbang")
    allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    users.put_user_policy(UserName="songbang", PolicyName="files", PolicyDocument=policy)
    made = users.create_access_key(UserName="songbang")["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


@pytest.fixture
def settings(settings, service):
    return settings | service.settings()


def names(tools: Tools) -> list[str]:
    return sorted(tools.store.names(2**40))


@on_sqlite_alone
@pytest.mark.parametrize("size", [1, vault.CHUNK, 3 * vault.CHUNK, 20 * 2**20])
def test_what_was_sealed_comes_back_from_the_bucket(tools, size):
    content = os.urandom(size)
    sealed = vault.put(io.BytesIO(content), tools)
    assert b"".join(vault.opened(sealed.name, tools)) == content
    with tools.store.read(sealed.name) as raw:
        lying = raw.read()
    assert (len(lying), vault.examined(sealed.name, tools)) == (sealed.size, (sealed.hash, True))
    assert content[:64] not in lying or size < 8
    assert names(tools) == [sealed.name]
    vault.drop([sealed.name, "0" * 32], tools)
    assert names(tools) == []
    with pytest.raises(NotFound):
        list(vault.opened(sealed.name, tools))


def test_files_of_a_clue_go_to_the_bucket_and_are_deleted_from_it(database, tools, clock):
    given = make.submission()
    mark = attachments.mark_of(given.key, tools)
    assert uploads.stage(database, mark, [Sent("a.gif", corpus.gif()), Sent("b.gif", corpus.gif(5))], tools) == []
    with transaction(database) as session:
        clues.submit(session, given, tools=tools)
    with reading(database) as session:
        kept = session.scalars(select(Attachment.stored)).all()
        assert names(tools) == sorted(kept)
        assert not [one for one in checks.check(session, tools=tools) if one.fault is checks.Fault.ATTACHMENT]
    assert not (tools.settings.instance / "attachments").exists()
    vault.drop(kept[:1], tools)
    with reading(database) as session:
        assert [one.where for one in checks.check(session, tools=tools) if one.fault is checks.Fault.ATTACHMENT] == kept[:1]
    stray = vault.put(io.BytesIO(b"of a transaction that came to nothing"), tools).name
    clock.now += timedelta(days=3650)
    assert stray in vault.strays(set(kept), clock.now.timestamp(), tools)
    jobs.forget(database, tools)
    assert names(tools) == kept[1:]


def test_a_service_that_is_away_refuses_a_file_with_a_sentence_and_loses_no_clue(database, tools, service):
    given = make.submission()
    mark = attachments.mark_of(given.key, tools)
    assert uploads.stage(database, mark, [Sent("a.gif", corpus.gif())], tools) == []
    service.server.stop()
    refused = uploads.stage(database, mark, [Sent("b.gif", corpus.gif(5))], tools)
    assert [one.problem for one in refused] == ["not_stored"]
    with transaction(database) as session:
        clue = clues.submit(session, given, tools=tools)
        [kept] = attachments.of_clue(session, clue)
    assert vault.strays(set(), 2**40, tools) == [], "nobody knows what lies there: nothing is deleted"
    with pytest.raises(NotFound):
        list(vault.opened(kept.stored, tools))


@on_sqlite_alone
def test_nothing_is_restored_beside_files_in_a_bucket_unless_that_is_said(database, tools, tmp_path, settings, clock):
    backups.make_key(tools.settings.instance, tmp_path / "key.pem")
    backups.back_up(database, tools, tmp_path / "b.backup")
    key = sealing.read_private(tmp_path / "key.pem")
    theirs = vault.put(io.BytesIO(b"what production took in after the backup"), tools).name
    apart = tmp_path / "drill"
    drill = Tools(config.load(settings | {"INSTANCE": str(apart), "DATABASE_URL": f"sqlite:///{tmp_path / 'drill.sqlite3'}"}), clock=clock)
    empty = make_engine(f"sqlite:///{tmp_path / 'drill.sqlite3'}")
    with pytest.raises(ArchiveUnusable, match="bucket_in_use"):
        backups.restore(empty, drill, tmp_path / "b.backup", key)
    assert names(tools) == [theirs] and not (apart / "attachments").exists()
    assert backups.restore(empty, drill, tmp_path / "b.backup", key, into_bucket=True).rows
    empty.dispose()


@on_sqlite_alone
def test_a_wrong_key_stores_nothing(settings, service, tmp_path, clock):
    key, _ = service.key_file.read_text().split()
    wrong = tmp_path / "wrong.key"
    wrong.write_text(f"{key}\nanother-secret")
    tools = Tools(config.load(settings | {"S3_KEY_FILE": str(wrong)}), clock=clock)
    with pytest.raises(OSError, match="object storage"):
        vault.put(io.BytesIO(b"x"), tools)


@on_sqlite_alone
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"S3_BUCKET": "s3.example.cn/files"}, "应当是 https://主机/桶名"),
        ({"S3_BUCKET": "https://s3.example.cn"}, "应当是 https://主机/桶名"),
        ({"S3_BUCKET": "https://s3.example.cn/a/b"}, "应当是 https://主机/桶名"),
        ({"S3_KEY_FILE": ""}, "应当有两行"),
    ],
)
def test_a_setting_that_cannot_be_is_pointed_out(settings, changed, sentence):
    with pytest.raises(ConfigError, match=sentence):
        _ = Tools(config.load(settings | changed)).store
