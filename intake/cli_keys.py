"""flask keys: the key pair of contact data, made, granted, changed and looked at by the operator."""

from __future__ import annotations

import click
from flask.cli import AppGroup, with_appcontext

from intake import db, labels, sealing
from intake.cli import say, sentences
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import KeyKept
from intake.rules.faults import Fault
from intake.services import contacts, keys

keys_group = AppGroup("keys", help="联系方式的密钥")


@keys_group.command("make", help="生成密钥，已有就不动；有 SONGBANG_CONTACT_KEY_FILE 就写进去，否则打印一次")
@with_appcontext
def make() -> None:
    with sentences(), transaction(engine()) as session:
        shown = keys.ensure(session, tools=tools())
    say(labels.recovery_key(sealing.spoken(shown)) if shown else "已有密钥，没有改动")


@keys_group.command("status", help="密钥在哪里、谁有授权、还有多少是旧的加密方式")
@with_appcontext
def status() -> None:
    with sentences(), reading(engine()) as session:
        key = contacts.current_key(session)
        if key is None:
            say("还没有密钥：请运行 flask keys make")
            return
        say(f"第 {key.id} 把密钥，{labels.KEY_KEPT[key.kept]}，公钥 {key.public.hex()[:16]}…")
        if key.kept is KeyKept.FILE:
            here = keys.in_use(session, sealing.read_keys(_path()))
            say("这个进程有私钥，能打开联系方式" if here else "这个进程没有私钥，打不开联系方式")
        else:
            say(f"已授权 {keys.granted(session)} 人")
        if keys.is_replaced(session):
            say(labels.FAULTS[Fault.PUBLIC_KEY].format(where=key.id, count=1))
        say(f"旧的加密方式还有 {contacts.still_old(session)} 份")


@keys_group.command("grant", help="授权一个承办人或审核人打开联系方式；他要先登录过一次")
@click.argument("username")
@with_appcontext
def grant(username: str) -> None:
    with sentences(), transaction(engine()) as session:
        keys.grant_by_name(session, username, _private(), tools=tools())
    say(f"{username} 可以用自己的密码打开联系方式了")


@keys_group.command("reseal", help="把旧版本留下的联系方式改用公钥加密；全部改完就删去旧密钥")
@with_appcontext
def reseal() -> None:
    with sentences(), transaction(engine()) as session:
        done = contacts.reseal(session, tools=tools())
        left = contacts.still_old(session)
    if not left:
        contacts.old_key_file(tools()).unlink(missing_ok=True)
    say(f"重新加密 {done} 份，旧的加密方式还有 {left} 份")


@keys_group.command("rotate", help="换一把密钥，全部联系方式重新加密，授权照旧；也用来改变私钥放在哪里：先改设置再运行")
@with_appcontext
def rotate() -> None:
    old, new, path = _private(), sealing.new_private(), _path()
    with sentences(), db.alone(engine()):
        with reading(engine()) as session:
            keys.opened_by(session, old)
        if path:  # all of them, until the commit: a run that fails, however often, loses nothing
            sealing.write_keys(path, dict.fromkeys((new, *sealing.read_keys(path), old)))
        with transaction(engine()) as session:
            done = keys.rotate(session, old, new, tools=tools())
        if path:
            sealing.write_keys(path, [new])
    say(f"已换密钥，重新加密 {done} 份" if path else labels.recovery_key(sealing.spoken(new)))


def _path() -> str:
    return tools().settings.text("CONTACT_KEY_FILE")


def _private() -> bytes:
    """The private key in use: from the key file, or typed in by the one who keeps it."""
    with sentences():
        with reading(engine()) as session:
            known = keys.in_use(session, sealing.read_keys(_path()))
        return known or sealing.heard(click.prompt("请输入保管的密钥（13 组）", hide_input=True))
