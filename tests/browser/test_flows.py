"""The inspector in a real browser: what people do with it, by clicking and by keyboard; see flows/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from emulator import Emulator, Settings
from tests.browser.processes import FOLDER, Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(100)]

ADMIN: Final = "the-admin-token"
SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "locked": {"admin_token": ADMIN},
    "switched-off": {"control": "off"},
    "starts-with": {"fixture": "three-pages"},
}
"""Of the flows that need an emulator other than the usual one."""
FLOWS: Final = sorted(file.stem for file in (FOLDER / "flows").glob("*.mjs"))


@pytest.mark.parametrize("flow", FLOWS)
def test_flow(browser: Browser, flow: str) -> None:
    settings = SETTINGS.get(flow, {})
    running = [Emulator(Settings(**settings)).start()]
    port = int(running[0].url.rpartition(":")[2])

    def stop() -> None:
        running[-1].stop()

    def start() -> None:
        running.append(Emulator(Settings(**settings), port=port).start())

    try:
        browser.run(flow, {"url": running[0].url, "settings": settings}, {"stop": stop, "start": start})
    finally:
        stop()


def test_every_flow_with_settings_of_its_own_is_there() -> None:
    assert SETTINGS.keys() <= set(FLOWS)
    assert len(FLOWS) > 10
