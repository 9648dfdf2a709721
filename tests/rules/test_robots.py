"""Messages to group robots are shaped and signed as their makers say; only their addresses are taken."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from intake.errors import InvalidInput
from intake.rules.robots import check_address, letter, was_taken

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OWN = {"https://robot.example.cn"}


@pytest.mark.parametrize(
    ("robot", "address"),
    [
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=1"),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/1"),
        ("wecom", "https://robot.example.cn/send"),
    ],
)
def test_addresses_of_the_makers_are_taken(robot, address):
    check_address(robot, address, OWN)


@pytest.mark.parametrize(
    ("robot", "address"),
    [
        ("wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"),
        ("wecom", "https://oapi.dingtalk.com/robot/send?access_token=1"),
        ("feishu", "https://open.feishu.cn.example.com/open-apis/bot/v2/hook/1"),
        ("feishu", "https://open.feishu.cn@127.0.0.1/hook"),
        ("feishu", "https://open.feishu.cn:8443/hook"),
        ("dingtalk", "https://127.0.0.1/robot"),
        ("dingtalk", "https://oapi.dingtalk.com/"),
        ("dingtalk", "file:///etc/passwd"),
        ("dingtalk", ""),
    ],
)
def test_any_other_address_is_refused(robot, address):
    with pytest.raises(InvalidInput) as error:
        check_address(robot, address, OWN)
    assert error.value.problem == "robot_address"


def test_wecom_takes_markdown_without_a_signature():
    made = letter("wecom", "https://a/b?key=1", "", "标题", "一\n二", NOW)
    assert made.address == "https://a/b?key=1"
    assert made.body == {"msgtype": "markdown", "markdown": {"content": "**标题**\n一\n二"}}


def test_dingtalk_signs_in_the_address():
    made = letter("dingtalk", "https://a/b?access_token=1", "SEC1", "标题", "一\n二", NOW)
    query = parse_qs(urlsplit(made.address).query)
    # openssl: printf '1795406400000\nSEC1' | openssl dgst -sha256 -hmac SEC1 -binary | base64
    assert query == {
        "access_token": ["1"],
        "timestamp": ["1795406400000"],
        "sign": ["K2jyB6K4PXFV3wKRHCg1IYe+OIqxpFblV5JfoZjJaMc="],
    }
    assert made.body["markdown"] == {"title": "标题", "text": "**标题**\n\n一\n\n二"}


def test_feishu_signs_in_the_body():
    made = letter("feishu", "https://a/b", "SEC1", "标题", "一", NOW)
    # openssl: printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:$(printf '1795406400\nSEC1' | xxd -p) -binary | base64
    assert made.body == {
        "msg_type": "text", "content": {"text": "标题\n一"}, "timestamp": "1795406400", "sign": "RHA0BCZ1aOnoraXmsAW6q0zpswktuKGw7whRdCV9CAw=",
    }  # fmt: skip
    assert "sign" not in letter("feishu", "https://a/b", "", "标题", "一", NOW).body


@pytest.mark.parametrize(("answer", "taken"), [({"errcode": 0}, True), ({"code": 0}, True), ({"StatusCode": 0}, True),
                                               ({"errcode": 310000}, False), ({"code": 19021}, False), ({}, False)])  # fmt: skip
def test_the_answer_of_a_robot_is_read(answer, taken):
    assert was_taken(answer) is taken
