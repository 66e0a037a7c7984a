"""What tests of the control routes share."""

from __future__ import annotations

from typing import Any, Final

from emulator.api.emulation import EMULATION, Emulation
from tests.conftest import REGISTRIES, Answer, Ask

CONTROL: Final = "/_emulator"


async def control(ask: Ask, method: str, path: str, body: object = None, **rest: Any) -> Answer:
    """Ask a control route, without a token unless one is given; `body` is sent as JSON unless it is None."""
    if body is not None:
        rest["json"] = body
    return await ask(method, CONTROL + path, **{"token": None, **rest})


async def told(ask: Ask, method: str, path: str, body: object = None, **rest: Any) -> Any:
    """Ask a control route that has to answer 200, and return the JSON."""
    answer = await control(ask, method, path, body, **rest)
    assert answer.status == 200, answer.text
    return answer.json


async def add(ask: Ask, name: str, *, token: str = "one", team: str | None = None) -> Answer:
    """Add a credential."""
    path = REGISTRIES if team is None else f"/v1/teams/{team}/integrations/registries"
    return await ask("POST", path, token=token, json={"name": name, "provider": "ecr"})


async def ids(ask: Ask, token: str = "one", team: str | None = None) -> list[str]:
    """Return the ids that a client with this token sees, over all pages."""
    path = REGISTRIES if team is None else f"/v1/teams/{team}/integrations/registries"
    found: list[str] = []
    query = {"per_page": "100"}
    while True:
        page = (await ask("GET", path, token=token, params=query)).json
        found += [item["id"] for item in page["data"]["credentials"]]
        if "cursor" not in page["pagination"]:
            return found
        query["cursor"] = page["pagination"]["cursor"]


def emulation(ask: Ask) -> Emulation:
    """Return the state behind the routes, for what no route can bring about."""
    return ask.app[EMULATION]
