"""flask systems: tokens of other systems, given out, listed and ended by the operator."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext

from intake.cli import say, sentences
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Scope
from intake.services import systems

systems_group = AppGroup("systems", help="外部系统的接口令牌")


@systems_group.command("make", help="给一个外部系统发令牌，打印一次")
@click.argument("name")
@click.option("--account", required=True, help="为它建的账号的登录名")
@click.option("--scope", "scopes", type=click.Choice([s.value for s in Scope]), multiple=True, required=True, help="权限，可以写几次")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="有效期至，最长两年")
@with_appcontext
def make(name: str, account: str, scopes: tuple[str, ...], until: datetime) -> None:
    wanted = [Scope(one) for one in scopes]
    with sentences(), transaction(engine()) as session:
        made, token = systems.make(session, name, account, wanted, until.date(), by=None, tools=tools())
        say(f"第 {made.id} 号，{name}，令牌（只显示这一次）：{token}")


@systems_group.command("list", help="列出全部令牌：编号、名称、账号、有效期、最近使用")
@with_appcontext
def show() -> None:
    with sentences(), reading(engine()) as session:
        for one in systems.listed(session):
            state = "已吊销" if one.revoked_at else f"有效期至 {one.expires_on}"
            say(f"{one.id} {one.name} {one.officer.username} {state} 最近使用 {one.used_on or '还没有'}")


@systems_group.command("revoke", help="吊销一个令牌，马上生效")
@click.argument("number", type=int)
@with_appcontext
def revoke(number: int) -> None:
    with sentences(), transaction(engine()) as session:
        say(f"{systems.revoke(session, number, by=None, tools=tools()).name}的令牌已经吊销")
