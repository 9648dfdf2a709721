"""Group robots of 企业微信, 钉钉 and 飞书, and programs: which addresses are theirs, and how a message to one is signed and shaped.

Sources: developer.work.weixin.qq.com/document/path/91770; open.dingtalk.com 自定义机器人安全设置; open.feishu.cn 自定义机器人使用指南;
for programs Standard Webhooks 1.0.0 (standardwebhooks.com).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlsplit

from intake.errors import InvalidInput

#: The one origin that each maker's robots answer at.
ORIGINS = {
    "wecom": "https://qyapi.weixin.qq.com",
    "dingtalk": "https://oapi.dingtalk.com",
    "feishu": "https://open.feishu.cn",
}
#: What the secret of a program begins with; 32 random bytes in base64 follow.
PROGRAM_SECRET = "whsec_"  # noqa: S105 (what one begins with)
#: Where a robot says in its answer whether it took the message: 0 is yes.
VERDICT_KEYS = ("errcode", "code", "StatusCode")


@dataclass(frozen=True)
class Letter:
    """A message ready to be posted: the address with its signature, the JSON body, and the headers of a program's.

    A robot says in its answer whether it took the message, a program by the status alone.
    """

    address: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    by_status: bool = False

    @property
    def content(self) -> bytes:
        """What is sent, byte for byte what is signed."""
        return json.dumps(self.body, ensure_ascii=False).encode()


def check_address(robot: str, address: str, own_origins: Collection[str]) -> None:
    """Raise InvalidInput unless `address` is one of that maker, or at an origin that the operator runs himself.

    A program may be anywhere behind TLS; whether it lies inside a network is looked at when it is spoken to.
    """
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    anywhere = robot not in ORIGINS and parts.scheme == "https" and parts.hostname and "@" not in parts.netloc
    if not (anywhere or origin in {ORIGINS.get(robot), *own_origins}) or len(parts.path) < 2 or parts.fragment:
        raise InvalidInput("address", "robot_address")


def letter(robot: str, address: str, secret: str, title: str, text: str, now: datetime) -> Letter:
    """The message of one robot; `now` (aware) goes into the signature, which holds for an hour."""
    return {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}[robot](address, secret, title, text, now)


def program_letter(address: str, secret: str, number: str, data: Any, now: datetime) -> Letter:
    """What a program is told, signed; `number` stays the same when it is sent again, so that it counts once."""
    stamp = str(int(now.timestamp()))
    plain = Letter(address, {"type": "clues", "timestamp": now.isoformat(), "data": data}, by_status=True)
    key = base64.b64decode(secret.removeprefix(PROGRAM_SECRET))
    signature = base64.b64encode(hmac.digest(key, f"{number}.{stamp}.".encode() + plain.content, "sha256")).decode()
    headers = {"webhook-id": number, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
    return replace(plain, headers=headers)


def was_taken(answer: Mapping[str, Any]) -> bool:
    """Whether a robot's answer says that it took the message."""
    return any(answer.get(key) == 0 for key in VERDICT_KEYS)


def _wecom(address: str, secret: str, title: str, text: str, now: datetime) -> Letter:
    """The key stands in the address; there is no signature."""
    return Letter(address, {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{text}"}})


def _dingtalk(address: str, secret: str, title: str, text: str, now: datetime) -> Letter:
    if secret:
        stamp = str(int(now.timestamp() * 1000))
        signature = _sign(secret, f"{stamp}\n{secret}")
        address += f"&timestamp={stamp}&sign={quote_plus(signature)}"
    content = text.replace("\n", "\n\n")  # its markdown takes a single line end for a space
    return Letter(address, {"msgtype": "markdown", "markdown": {"title": title, "text": f"**{title}**\n\n{content}"}})


def _feishu(address: str, secret: str, title: str, text: str, now: datetime) -> Letter:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": f"{title}\n{text}"}}
    if secret:
        stamp = str(int(now.timestamp()))
        body |= {"timestamp": stamp, "sign": _sign(f"{stamp}\n{secret}", "")}
    return Letter(address, body)


def _sign(key: str, message: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()).decode()
