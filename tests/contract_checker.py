"""Holds an answer to the contract: its operation, status, headers, media type and body."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

import jsonschema_rs

from emulator import contract

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

Pointer = tuple[str, ...]

_URI: Final = "urn:contract"


class ContractViolationError(AssertionError):
    """An answer is not as the contract has it; the message names everything that is wrong with it."""


class Headers(Protocol):
    """Headers by name, whatever its case: those of `http.client`, aiohttp and others."""

    def get(self, name: str, /) -> str | None: ...


@dataclass(frozen=True)
class Exchange:
    """A request as far as it decides which answers it may have, and the answer; `path` may have a query."""

    method: str
    path: str
    status: int
    headers: Headers
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)

    @property
    def rules(self) -> list[str]:
        """The ids in `x-emulator-rule`, none where it is missing."""
        header = self.headers.get("x-emulator-rule")
        return header.split(", ") if header else []

    def __str__(self) -> str:
        """Return the exchange in one line, for messages."""
        return f"{self.method} {self.path} -> {self.status} {self.body[:400].decode('utf-8', 'replace')}"


class Contract:
    """An OpenAPI document whose errors for unknown paths and methods are named NotFound and MethodNotAllowed."""

    def __init__(self, name: str) -> None:
        self.document: Final[dict[str, Any]] = contract.load(name)
        self._registry = jsonschema_rs.Registry([(_URI, self.document)], draft=jsonschema_rs.Draft202012)
        self._validators: dict[Pointer, Any] = {}
        self._templates = {
            template: re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template)))
            for template in self.document["paths"]
        }

    def place(self, pointer: Pointer) -> Any:
        """Return what stands at a place of the contract."""
        node: Any = self.document
        for part in pointer:
            node = node[int(part)] if isinstance(node, list) else node[part]
        return node

    def resolve(self, pointer: Pointer) -> Pointer:
        """Return the place that the reference at `pointer` leads to, or `pointer` itself where there is none."""
        node = self.place(pointer)
        if isinstance(node, dict) and "$ref" in node:
            return self.resolve(tuple(node["$ref"].removeprefix("#/").split("/")))
        return pointer

    def validator(self, *pointer: str) -> Any:
        """Return a JSON Schema validator of the schema at `pointer`: ECMA-262 patterns, formats checked."""
        if pointer not in self._validators:
            fragment = "".join("/" + quote(part.replace("~", "~0").replace("/", "~1")) for part in pointer)
            self._validators[pointer] = jsonschema_rs.Draft202012Validator(
                {"$ref": f"{_URI}#{fragment}"}, registry=self._registry, validate_formats=True
            )
        return self._validators[pointer]

    def operation_ids(self) -> Iterator[tuple[str, str, str]]:
        """Yield id, method and path template of each operation."""
        for template, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield item[method]["operationId"], method.upper(), template

    def check(self, exchange: Exchange) -> Exchange:
        """Return `exchange` if its answer is as the contract has it.

        An unknown path must be answered 404 and an unknown method of a known path 405, both with the error envelope.

        Raises:
            ContractViolationError: it is not.
        """
        problems = list(self._problems(exchange))
        if problems:
            raise ContractViolationError("\n".join([str(exchange), *problems]))
        return exchange

    def _problems(self, exchange: Exchange) -> Iterator[str]:
        template = self._template(urlsplit(exchange.path).path)
        if template is None:
            yield from self._not_routed(exchange, 404)
            return
        responses = ("paths", template, exchange.method.lower(), "responses")
        if exchange.method.lower() not in self.document["paths"][template]:
            yield from self._not_routed(exchange, 405)
            return
        if str(exchange.status) not in self.place(responses):
            yield f"the operation has no answer with status {exchange.status}"
            return
        yield from self._answer_problems(exchange, self.resolve((*responses, str(exchange.status))))

    def _not_routed(self, exchange: Exchange, status: int) -> Iterator[str]:
        """Yield what is wrong with the answer to a request that no operation stands for."""
        if exchange.status != status:
            yield f"no operation of the contract, so the status must be {status}"
        name = {404: "NotFound", 405: "MethodNotAllowed"}[status]
        yield from self._answer_problems(exchange, ("components", "responses", name))

    def _template(self, path: str) -> str | None:
        return next((template for template, pattern in self._templates.items() if pattern.fullmatch(path)), None)

    def _answer_problems(self, exchange: Exchange, response: Pointer) -> Iterator[str]:
        yield from self._header_problems(exchange, response)
        yield from self._body_problems(exchange, response)

    def _header_problems(self, exchange: Exchange, response: Pointer) -> Iterator[str]:
        for name in self.place(response).get("headers", {}):
            header = self.resolve((*response, "headers", name))
            value = exchange.headers.get(name)
            if value is None:
                if self.place(header).get("required"):
                    yield f"the header {name} is missing"
                continue
            schema = (*header, "schema")
            for error in self.validator(*schema).iter_errors(_typed(value, self.place(schema))):
                yield f"header {name}: {error.message}"

    def _body_problems(self, exchange: Exchange, response: Pointer) -> Iterator[str]:
        media = (exchange.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        content = self.place(response)["content"]
        if media not in content:
            yield f"the content type is {media!r} instead of {' or '.join(content)}"
            return
        try:
            body = exchange.json if media == "application/json" else exchange.body.decode("utf-8")
        except ValueError as unreadable:
            yield f"the body cannot be read: {unreadable}"
            return
        for error in self.validator(*response, "content", media, "schema").iter_errors(body):
            where = "/".join(map(str, error.instance_path)) or "body"
            yield f"{where}: {error.message}"


def known(body: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `body` without the members that a request schema of the contract does not list."""
    return {
        name: known(value, schema["properties"][name]) if isinstance(value, dict) else value
        for name, value in body.items()
        if name in schema["properties"]
    }


def _typed(text: str, schema: Mapping[str, Any]) -> object:
    """Return the text of a header as its schema reads it."""
    return int(text) if schema["type"] == "integer" and re.fullmatch("-?[0-9]+", text) else text


API: Final = Contract("contracts/openapi.yaml")
"""The contract of the emulated API; the names below are its own."""

CONTRACT: Final = API.document
place = API.place
resolve = API.resolve
validator = API.validator
operation_ids = API.operation_ids
check = API.check
