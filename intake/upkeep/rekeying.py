"""flask secrets: the keys of cookies, group robots and second factors, changed while people go on working.

First a new key is put before the old ones, which stay good; when every process has read it and every cookie is of the
new one, what is sealed is sealed anew and the old keys go. The pepper cannot change, contact data has `flask keys`.
"""

from __future__ import annotations

import secrets

from flask.cli import AppGroup, with_appcontext

from intake import config
from intake.current import engine, tools
from intake.db import transaction
from intake.services import factors, webhooks
from intake.terminal import say, sentences

secrets_group = AppGroup("secrets", help="登录 Cookie、群机器人和登录验证码的密钥")


@secrets_group.command("rotate", help="换新密钥，旧的暂时还能用：不用重新登录，正在填的表单也不受影响")
@with_appcontext
def rotate() -> None:
    with sentences():
        for name, keys in _keys().items():
            config.write_keys(tools().settings.instance, name, [secrets.token_bytes(config.KEY_BYTES), *keys])
    hours = tools().settings.number("SESSION_HOURS")
    say(f"新密钥已经写好。请重启网站和后台的全部进程；{hours} 小时以后运行 flask secrets drop 去掉旧密钥")


@secrets_group.command("drop", help="把密封的内容全部改用新密钥，再删去旧密钥；先重启过全部进程")
@with_appcontext
def drop() -> None:
    if all(len(keys) == 1 for keys in _keys().values()):
        say("没有旧密钥")
        return
    with sentences():
        with transaction(engine()) as session:
            sealed = factors.rewrap(session, tools=tools()) + webhooks.rewrap(session, tools=tools())
        for name, keys in _keys().items():
            config.write_keys(tools().settings.instance, name, keys[:1])
    say(f"重新密封 {sealed} 份，旧密钥已经删去。请再重启一次全部进程")


def _keys() -> dict[str, tuple[bytes, ...]]:
    """The keys that this process has read, by file."""
    settings = tools().settings
    return dict(
        zip(config.CHANGING_KEYS, (settings.secret_keys, settings.webhook_keys, settings.factor_keys), strict=True)
    )
