"""One word for a device, from what browsers say of themselves."""

from __future__ import annotations

import pytest

from intake.rules.devices import Device, device_of


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
            Device.PHONE,
        ),
        ("Mozilla/5.0 (Linux; Android 15; V2324A) Chrome/130.0 Mobile Safari/537.36 MicroMessenger/8.0", Device.PHONE),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 ArkWeb/4.1", Device.PHONE),
        ("Mozilla/5.0 (Linux; Android 14; SM-X910) Chrome/130.0 Safari/537.36", Device.TABLET),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) Mobile/15E148", Device.TABLET),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36", Device.WINDOWS),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", Device.MAC),
        ("Mozilla/5.0 (X11; Linux aarch64) Chrome/114.0 Safari/537.36 UOSBrowser", Device.LINUX),
        ("curl/8.5.0", Device.OTHER),
        ("", Device.OTHER),
    ],
)
def test_a_browser_says_what_kind_of_device_it_is_on(agent, device):
    assert device_of(agent) is device
