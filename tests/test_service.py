"""The routes beside the resource: health, login and the specification."""

from __future__ import annotations

import re
from typing import Final

import pytest

from emulator import contract
from tests.conftest import Ask

CONTRACT: Final = contract.load("contracts/openapi.yaml")


@pytest.mark.rule("common.health")
@pytest.mark.parametrize("token", [None, "any"])
async def test_health_is_the_text_success_with_or_without_a_token(ask: Ask, token: str | None) -> None:
    answer = await ask("GET", "/v1/", token=token)
    assert answer.status == 200
    assert answer.text == "success"
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.rule("common.login")
async def test_login_answers_a_token_with_json(ask: Ask) -> None:
    answer = await ask("GET", "/v1/login")
    assert (answer.status, answer.json) == (200, {"data": {}})


@pytest.mark.rule("common.specification")
async def test_the_specification_is_the_contract(ask: Ask) -> None:
    answer = await ask("GET", "/v1/swagger-json", token=None)
    assert answer.status == 200
    assert answer.json == CONTRACT


@pytest.mark.rule("common.specification")
async def test_what_the_specification_says_and_what_is_routed_is_the_same(ask: Ask) -> None:
    said = {(method.upper(), path) for path, item in CONTRACT["paths"].items() for method in item if method in METHODS}
    routed = {
        (route.method, route.resource.canonical)
        for route in ask.app.router.routes()
        if route.resource is not None and not route.resource.canonical.startswith("/_emulator")
    }
    assert routed - said == {("GET", "/v1/swagger-html/{file}")}
    assert said <= routed


METHODS: Final = ("get", "post", "put", "patch", "delete", "head", "options")


def test_the_date_of_the_contract_is_its_version() -> None:
    assert contract.contract_date() == CONTRACT["info"]["version"]


@pytest.mark.rule("common.specification-page")
async def test_the_page_of_the_specification_loads_nothing_from_elsewhere(ask: Ask) -> None:
    page = await ask("GET", "/v1/swagger-html", token=None)
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    loaded = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert len(loaded) >= 2
    for name in loaded:
        path = f"/v1/{name}" if not name.startswith(("/", "./")) else re.sub(r"^\./", "/v1/", name)
        assert (await ask("GET", path, token=None)).status == 200, name


@pytest.mark.rule("common.specification-page")
@pytest.mark.parametrize("name", ["other.js", "index.html", "..%2F..%2F__init__.py", "%2e%2e%2fpages.py", ""])
async def test_beside_the_page_nothing_but_its_own_files_is_served(ask: Ask, name: str) -> None:
    answer = await ask("GET", f"/v1/swagger-html/{name}", token=None)
    assert answer.status == 404
    assert answer.error["id"] == "route-not-found"
