"""The checker that other tests rely on accepts what the contract allows and sees what it does not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from http.client import HTTPMessage
from typing import Any

import pytest

from tests.contract_checker import ContractViolationError, Exchange, check

COMMON = {
    "x-ratelimit-limit": "1000",
    "x-ratelimit-remaining": "999",
    "x-ratelimit-reset": "3600",
    "Content-Type": "application/json; charset=utf-8",
}
ADDED = {"data": {"id": "abc", "name": "abc", "provider": "ecr"}}
NO_MORE = {"data": {"credentials": []}, "pagination": {"hasNextPage": False, "count": 0}}


def headers(values: Mapping[str, str]) -> HTTPMessage:
    message = HTTPMessage()
    for name, value in values.items():
        message[name] = value
    return message


def exchange(method: str, path: str, status: int, body: Any, *, without: str = "", **other: str) -> Exchange:
    values = {name: value for name, value in {**COMMON, **other}.items() if name != without}
    return Exchange(method, path, status, headers(values), json.dumps(body).encode())


def error(status: int, word: str) -> dict[str, Any]:
    return {"error": {"status": status, "id": word, "message": "No."}}


REGISTRIES = "/v1/integrations/registries"


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(exchange("POST", REGISTRIES, 200, ADDED), id="added"),
        pytest.param(exchange("POST", "/v1/teams/a.b/integrations/registries", 200, ADDED), id="team"),
        pytest.param(exchange("GET", f"{REGISTRIES}?per_page=1", 200, NO_MORE), id="query"),
        pytest.param(exchange("PATCH", f"{REGISTRIES}/abc", 200, {"data": {}}), id="updated"),
        pytest.param(exchange("POST", REGISTRIES, 409, error(409, "name-taken")), id="documented-error"),
        pytest.param(
            exchange("PUT", REGISTRIES, 405, error(405, "method-not-allowed"), Allow="GET, POST"), id="method"
        ),
        pytest.param(exchange("GET", "/v2", 404, error(404, "route-not-found")), id="route"),
    ],
)
def test_answers_as_the_contract_has_them_pass(good: Exchange) -> None:
    assert check(good) is good


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        pytest.param(exchange("POST", REGISTRIES, 201, ADDED), "no answer with status 201", id="status"),
        pytest.param(exchange("DELETE", f"{REGISTRIES}/abc", 409, error(409, "x")), "status 409", id="other-operation"),
        pytest.param(exchange("POST", REGISTRIES, 200, {"data": {"id": "abc"}}), "required", id="member-missing"),
        pytest.param(exchange("POST", REGISTRIES, 200, {**ADDED, "x": 1}), "'x'", id="member-unknown"),
        pytest.param(
            exchange(
                "GET", REGISTRIES, 200, {**NO_MORE, "pagination": {"hasNextPage": False, "count": 0, "cursor": None}}
            ),
            "pagination/cursor",
            id="null-cursor",
        ),
        pytest.param(
            exchange("POST", REGISTRIES, 400, error(404, "invalid-request")), "error/status", id="other-status"
        ),
        pytest.param(exchange("POST", REGISTRIES, 400, {"message": "No."}), '"error"', id="no-envelope"),
        pytest.param(
            exchange("POST", REGISTRIES, 200, ADDED, without="x-ratelimit-reset"),
            "x-ratelimit-reset",
            id="header-missing",
        ),
        pytest.param(
            exchange("POST", REGISTRIES, 200, ADDED, **{"x-ratelimit-limit": "many"}),
            "x-ratelimit-limit",
            id="header-type",
        ),
        pytest.param(exchange("PUT", REGISTRIES, 405, error(405, "method-not-allowed")), "Allow", id="no-allow"),
        pytest.param(exchange("PUT", REGISTRIES, 404, error(404, "route-not-found")), "must be 405", id="not-405"),
        pytest.param(exchange("GET", "/v2", 200, ADDED), "must be 404", id="not-404"),
        pytest.param(exchange("POST", REGISTRIES, 200, ADDED, **{"Content-Type": "text/html"}), "text/html", id="html"),
        pytest.param(
            replace(exchange("POST", REGISTRIES, 200, ADDED), body=b"{'data'"), "cannot be read", id="no-json"
        ),
    ],
)
def test_answers_that_the_contract_does_not_have_are_seen(bad: Exchange, complaint: str) -> None:
    with pytest.raises(ContractViolationError, match=complaint):
        check(bad)
