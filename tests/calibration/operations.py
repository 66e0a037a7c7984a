"""Requests made by chance from a seed, with what a target has answered so far in them: its ids, its cursors.

Two things no rule tells of, and no request asks for: which of an unknown id and a faulty body is told first, and
whether what else is at fault is told beside a member that is no object, or a parameter that is no number.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

REGISTRIES: Final = "/v1/integrations/registries"
CURSOR: Final = "{cursor}"
"""In a query: the cursor of the last page that had one; each target has its own."""
WORDS: Final = ("alpha", "bravo", "Charlie", "delta", "Echo", "fox 1", "Golf Two", "hotel-3", "india", "Juliet 9")


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()

    def target(self, cursor: str) -> str:
        query = urlencode([(name, cursor if value == CURSOR else value) for name, value in self.query])
        return f"{self.path}?{query}" if query else self.path

    def __str__(self) -> str:
        return f"{self.method} {self.target(CURSOR)} {self.headers} {(self.body or b'').decode('utf-8', 'replace')}"


class Operations:
    """Makes requests; `note` has to be told what came of each, so that later ones can use it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"operations {seed}")  # noqa: S311 - repeatable
        self.living: list[str] = []
        self.gone: list[str] = []

    def requests(self, many: int) -> Iterator[Request]:
        kinds: dict[Callable[[], Request], int] = {
            self.add: 28,
            self.bad_add: 12,
            self.odd_body: 8,
            self.get: 12,
            self.read_list: 18,
            self.bad_list: 6,
            self.update: 14,
            self.bad_update: 5,
            self.delete: 7,
            self.unknown: 7,
        }
        for _ in range(many):
            yield self.random.choices(list(kinds), weights=list(kinds.values()))[0]()

    def note(self, request: Request, status: int, answer: Any) -> None:
        if status != 200:
            return
        if request.method == "POST" and request.path == REGISTRIES:
            self.living.append(answer["data"]["id"])
        if request.method == "DELETE":
            name = request.path.rpartition("/")[2]
            if name in self.living:
                self.living.remove(name)
                self.gone.append(name)

    # -- one of each kind

    def add(self) -> Request:
        return self.post(self.body())

    def bad_add(self) -> Request:
        body = self.body()
        for _ in range(self.random.randint(1, 2)):
            self.random.choice(self.faults())(body)
        return self.post(body)

    def odd_body(self) -> Request:
        body = json.dumps(self.body()).encode()
        twice = body[:-1] + b',"registryUrl":"one.example.com","registryUrl":"two.example.com"}'
        return self.random.choice(
            [
                Request("POST", REGISTRIES, body[: len(body) // 2], {"Content-Type": "application/json"}),
                Request("POST", REGISTRIES, b"", {"Content-Type": "application/json"}),
                Request("POST", REGISTRIES, body, {"Content-Type": "text/plain"}),
                Request("POST", REGISTRIES, body, {}),
                Request("POST", REGISTRIES, twice, {"Content-Type": "application/json"}),
            ]
        )

    def get(self) -> Request:
        return Request("GET", f"{REGISTRIES}/{self.some_id()}")

    def read_list(self) -> Request:
        pick = self.random.choice
        query: list[tuple[str, str]] = []
        if pick([True, True, False]):
            query.append(("per_page", pick(["1", "2", "3", "7", "50", "100"])))
        query += pick(
            [[], [], [("page", pick(["1", "2", "3", "4", "999"]))], [("cursor", CURSOR)], [("cursor", CURSOR)]]
        )
        return Request("GET", REGISTRIES, query=tuple(query))

    def bad_list(self) -> Request:
        queries: list[tuple[tuple[str, str], ...]] = [
            (("per_page", "0"),),
            (("per_page", "101"),),
            (("page", "0"), ("per_page", "2")),
            (("page", "-3"),),
            (("per_page", "many"),),
            (("page", "1.5"),),
            (("cursor", "made-up"), ("per_page", "2")),
            (("cursor", CURSOR), ("page", "2"), ("per_page", "2")),
            (("per_page", "1"), ("per_page", "3")),
        ]
        return Request("GET", REGISTRIES, query=self.random.choice(queries))

    def update(self) -> Request:
        return self.patch(self.change())

    def bad_update(self) -> Request:
        pick = self.random.choice
        broken: list[Any] = [
            {"restrictions": {}},
            {"credentials": {"username": "u"}},
            {"credentials": {"scope": {"pull": "yes"}}},
            {"restrictions": {"restricted": 1, "projects": [1]}},
            [],
            {"updatedAt": 5},
        ]
        return self.patch(pick(broken))

    def delete(self) -> Request:
        return Request("DELETE", f"{REGISTRIES}/{self.some_id()}")

    def unknown(self) -> Request:
        change = b'{"restrictions":{"restricted":true}}'
        return self.random.choice(
            [
                Request("GET", "/v1/integrations/nothing"),
                Request("PUT", f"{REGISTRIES}/any", b"{}", {"Content-Type": "application/json"}),
                Request("DELETE", REGISTRIES),
                Request("GET", f"{REGISTRIES}/never-there"),
                Request("DELETE", f"{REGISTRIES}/never-there"),
                Request("PATCH", f"{REGISTRIES}/never-there", change, {"Content-Type": "application/json"}),
                Request("GET", REGISTRIES, headers={"Authorization": ""}),
            ]
        )

    # -- bodies

    def post(self, body: Any) -> Request:
        return Request("POST", REGISTRIES, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def patch(self, body: Any) -> Request:
        """Update what lives, by one of the two routes."""
        if not self.living:
            return self.post(self.body())
        method, end = self.random.choice([("PATCH", ""), ("POST", "/modify")])
        path = f"{REGISTRIES}/{self.random.choice(self.living)}{end}"
        sent = json.dumps(body).encode() if body is not None else None
        return Request(method, path, sent, {"Content-Type": "application/json"} if sent else {})

    def some_id(self) -> str:
        pick = self.random.random()
        if self.living and pick < 0.7:
            return self.random.choice(self.living)
        return self.random.choice(self.gone) if self.gone and pick < 0.9 else "never-there"

    def body(self) -> dict[str, Any]:
        """Return a body that some reading accepts; names come again."""
        pick, chance = self.random.choice, self.random.random
        body: dict[str, Any] = {
            "name": f"{pick(WORDS)}{pick(['', '', '-1', ' two', '3'])}",
            "provider": pick(["acr", "ecr", "gar", "dockerhub", "github", "gitlab", "custom", "legacy"]),
        }
        optional: dict[str, Any] = {
            "registryUrl": "https://registry.example.com",
            "aws": {"region": pick(["eu", "us"])},
            "gcp": {"projectId": "one"},
            "azure": pick([{}, {"resourceGroup": "g"}]),
            "credentials": self.credentials(),
            "restrictions": pick([{"restricted": True}, {"restricted": False, "projects": []}]),
        }
        body |= {name: value for name, value in optional.items() if chance() < 0.5}
        extra: dict[str, Any] = {
            "integrationId": pick(["org/one", "two"]),
            "restrictions": {"restricted": True, "projects": ["web"]},
            "credentials": {"username": "", "password": "", "scope": {}},
            "colour": "red",
            "createdAt": "2001-02-03T04:05:06Z",
            "updatedAt": pick(["2002-02-03T04:05:06Z", "yesterday"]),
        }
        return body | {name: value for name, value in extra.items() if chance() < 0.12}

    def credentials(self) -> dict[str, Any]:
        pick = self.random.choice
        found: dict[str, Any] = {"scope": pick([{}, {"pull": True}, {"pull": True, "push": False}])}
        return found | pick([{}, {"username": "user-1", "password": "pass-word-1"}, {"username": "only"}])

    def change(self) -> Any:
        changes: list[Any] = [
            {"credentials": {"scope": {"push": True}}},
            {"credentials": {"username": "user-2", "scope": {}}},
            {"restrictions": {"restricted": True}},
            {"restrictions": {"restricted": False, "projects": []}},
            {"credentials": {"scope": {}}, "restrictions": {"restricted": True}},
            {"restrictions": {"restricted": True}, "colour": "red"},
            {},
            None,
        ]
        return copy.deepcopy(self.random.choice(changes))

    def faults(self) -> list[Callable[[dict[str, Any]], None]]:
        pick = self.random.choice

        def put(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
            return lambda body: body.__setitem__(name, value)

        return [
            put("name", pick(["ab", "x" * 40, "under_score", "-dash", 5, None])),
            put("provider", pick(["docker", "ECR", True])),
            put("registryUrl", 7),
            put("aws", pick([[], {"region": 1}])),
            put("integrationId", "team//x"),
            put("credentials", {"username": "user-3", "password": "pass-word-3", **pick([{}, {"scope": {"pull": 1}}])}),
            put("restrictions", pick([{}, {"restricted": "no"}, {"restricted": True, "projects": [1, "a", None]}])),
            put("createdAt", False),
            lambda body: body.pop("name", None),
            lambda body: body.pop("provider", None),
        ]
