"""What each peer is given to serve, all of it made from contracts/openapi.yaml: pure functions of the contract."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks.wire import REGISTRIES

Document = Mapping[str, Any]

HEALTH: Final = "/v1/"
_JSON: Final = {"Content-Type": "application/json"}
_SUCCESS: Final = "success"


def request_schema(contract: Document) -> dict[str, Any]:
    """Return the JSON Schema of the body of add-registry, for validators that allow no other keywords."""
    schema = _plain(contract["components"]["schemas"]["RegistryCreate"])
    assert isinstance(schema, dict)
    return schema


def answer(contract: Document) -> str:
    """Return the body that a peer sends which cannot make one up: the contract's longest example."""
    return _compact(contract["components"]["examples"]["AddedEverything"]["value"])


def refusal(contract: Document) -> str:
    examples = contract["components"]["responses"]["InvalidBody"]["content"]["application/json"]["examples"]
    return _compact(examples["severalProblems"]["value"])


def wiremock(contract: Document, *, validating: bool) -> dict[str, Any]:
    """Return a file for the folder `mappings`: the stub with the lowest priority number that matches is taken."""
    matcher = {"matchesJsonSchema": _compact(request_schema(contract)), "schemaVersion": "V202012"}
    add = {"method": "POST", "urlPath": REGISTRIES}
    accepted = {
        "priority": 1,
        "request": {**add, **({"bodyPatterns": [matcher]} if validating else {})},
        "response": {"status": 200, "headers": _JSON, "body": answer(contract)},
    }
    refused = {
        "priority": 2,
        "request": add,
        "response": {"status": 400, "headers": _JSON, "body": refusal(contract)},
    }
    health = {"request": {"method": "GET", "urlPath": HEALTH}, "response": {"status": 200, "body": _SUCCESS}}
    return {"mappings": [accepted, refused, health]}


def mockoon(contract: Document, *, validating: bool) -> dict[str, Any]:
    """Return a data file: an environment with two routes, and the schema in a data bucket for the rule to name."""
    valid = {"target": "body", "modifier": "", "value": "schema", "invert": False, "operator": "valid_json_schema"}
    accepted = _mockoon_response("accepted", 200, answer(contract))
    refused = _mockoon_response("refused", 400, refusal(contract))
    if validating:
        add = [{**accepted, "rules": [valid]}, {**refused, "default": True}]
    else:
        add = [{**accepted, "default": True}]
    routes = [
        _mockoon_route("post", REGISTRIES, add),
        _mockoon_route("get", HEALTH, [{**_mockoon_response("health", 200, _SUCCESS), "default": True}]),
    ]
    bucket = {"uuid": _id("bucket"), "id": "schema", "name": "schema", "documentation": ""}
    return {
        "uuid": _id("environment"),
        "lastMigration": 33,  # of @mockoon/cli 9.9.0; an older number makes it ask before it starts
        "name": "benchmark",
        "endpointPrefix": "",
        "latency": 0,
        "port": 3000,
        "hostname": "",
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "proxyMode": False,
        "proxyHost": "",
        "proxyRemovePrefix": False,
        "tlsOptions": {
            "enabled": False,
            "type": "CERT",
            "pfxPath": "",
            "certPath": "",
            "keyPath": "",
            "caPath": "",
            "passphrase": "",
        },
        "cors": False,
        "headers": [],
        "proxyReqHeaders": [],
        "proxyResHeaders": [],
        "data": [{**bucket, "value": _compact(request_schema(contract))}],
        "callbacks": [],
    }


def connexion(contract: Document) -> dict[str, Any]:
    """Return one operation as OpenAPI 3.0, the only version that Connexion reads; it has no `if` and `then`."""
    schema = {key: value for key, value in request_schema(contract).items() if key not in ("if", "then")}
    answers = {"200": {"description": "accepted"}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "benchmark", "version": "1"},
        "paths": {
            REGISTRIES: {
                "post": {
                    "operationId": "add",
                    "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
                    "responses": answers,
                }
            },
            HEALTH: {"get": {"operationId": "health", "responses": answers}},
        },
    }


def _plain(schema: object) -> object:
    """Without extensions, and with a type wherever members are spoken of: Mockoon's validator refuses the former.

    For want of the latter it writes a warning, at every request.
    """
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _plain(value) for key, value in schema.items() if not key.startswith("x-")}
    return {"type": "object", **kept} if isinstance(schema.get("required"), list) else kept


def _mockoon_route(method: str, path: str, responses: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "uuid": _id(f"{method} {path}"),
        "type": "http",
        "documentation": "",
        "method": method,
        "endpoint": path.strip("/"),
        "responses": responses,
        "responseMode": None,
        "streamingMode": None,
        "streamingInterval": 0,
    }


def _mockoon_response(name: str, status: int, body: str) -> dict[str, Any]:
    return {
        "uuid": _id(name),
        "label": name,
        "statusCode": status,
        "headers": [{"key": key, "value": value} for key, value in _JSON.items()],
        "bodyType": "INLINE",
        "body": body,
        "disableTemplating": True,
        "latency": 0,
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "AND",
        "fallbackTo404": False,
        "default": False,
        "crudKey": "id",
        "callbacks": [],
    }


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
