"""What kind of device somebody signs in with: one word, so that a person tells his own devices apart and no more."""

from __future__ import annotations

import enum


class Device(enum.StrEnum):
    PHONE = "phone"
    TABLET = "tablet"
    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    OTHER = "other"


#: First match wins: a tablet says Android as a phone does, and both say Linux.
_SIGNS = (
    (Device.TABLET, ("ipad", "tablet")),
    (Device.PHONE, ("iphone", "mobile", "harmony")),
    (Device.TABLET, ("android",)),
    (Device.WINDOWS, ("windows",)),
    (Device.MAC, ("macintosh",)),
    (Device.LINUX, ("linux", "x11")),
)


def device_of(agent: str) -> Device:
    """The kind of device that a browser's User-Agent speaks of."""
    agent = agent.lower()
    return next((device for device, signs in _SIGNS if any(sign in agent for sign in signs)), Device.OTHER)
