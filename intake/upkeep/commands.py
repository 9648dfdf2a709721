"""The operator's commands: backup, restore, copy. Their help and output are Chinese."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from intake import db, labels
from intake.current import engine, tools
from intake.services import checks
from intake.terminal import say, sentences
from intake.upkeep import backup as backups
from intake.upkeep import sealing
from intake.upkeep.rekeying import secrets_group

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("backup-key", help="生成备份用的一对密钥；私钥写到指定文件，请立即移到别处保管")
@click.argument("private", type=_FILE)
@with_appcontext
def backup_key(private: Path) -> None:
    with sentences():
        backups.make_key(tools().settings.instance, private)
    say(f"私钥在 {private}：请移到离线介质保管两份，服务器上不要留；丢了它，所有备份都打不开")


@click.command("backup", help="备份数据库、附件、模型和密钥到一个加密文件；网站不用停")
@click.argument("target", type=_FILE)
@with_appcontext
def backup(target: Path) -> None:
    with sentences():
        manifest = backups.back_up(engine(), tools(), target)
    with target.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    say(f"已备份 {manifest.rows} 行、{len(manifest.members) - len(manifest.tables)} 个文件到 {target}")
    say(f"SHA-256 {digest}（请抄在别处，恢复前核对）")


@click.command("restore", help="把备份恢复到空的地方：要么全部恢复，要么什么都不留")
@click.argument("source", type=_THERE)
@click.option("--key", type=_THERE, required=True, help="备份私钥文件")
@click.option("--into-bucket", is_flag=True, help="附件所在的桶（SONGBANG_S3_BUCKET）里有文件也恢复：它是原来那个，或者是复制出来演练的")
@with_appcontext
def restore(source: Path, key: Path, into_bucket: bool) -> None:
    with sentences():
        manifest = backups.restore(engine(), tools(), source, sealing.read_private(key), into_bucket=into_bucket)
    say(f"已恢复 {manifest.made_at} 的备份，共 {manifest.rows} 行；请运行 flask check 核对，再启动网站")


@click.command("copy-to", help="把全部数据复制到另一个空数据库（例如从 SQLite 到 PostgreSQL）并逐表核对；请先停网站")
@click.argument("url")
@with_appcontext
def copy_to(url: str) -> None:
    with sentences():
        manifest = backups.copy_to(engine(), url)
    for name, (rows, digest) in manifest.tables.items():
        say(f"{name:<20}{rows:>10} 行  {str(digest)[:16]}")
    say("两边一致。请把 SONGBANG_DATABASE_URL 改成新地址再启动")


@click.command("check", help="体检：审计链、数据关系、附件、搜索索引、编号、模型、日历；有问题时退出码为 1")
@with_appcontext
def check() -> None:
    found = 0
    with sentences(), db.reading(engine()) as session:
        for finding in checks.check(session, tools=tools()):
            say(labels.FAULTS[finding.fault].format(where=finding.where, count=finding.count))
            found += 1
    say(f"发现 {found} 处问题" if found else "检查完毕，一切正常")
    sys.exit(bool(found))


@click.command("mend", help="补建缺少的搜索索引，调准编号计数")
@with_appcontext
def mend() -> None:
    with sentences(), db.transaction(engine()) as session:
        say(f"处理了 {checks.mend(session, tools=tools())} 处")


COMMANDS = (backup_key, backup, restore, copy_to, check, mend, secrets_group)
