"""Requests that Schemathesis makes of the contract: for a seed always the same.

Schemathesis and Hypothesis are imported here, inside the functions, and nowhere else.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emulator import codec, contract
from emulator.conformance.exchange import ABSENT

_COLLECTION: Final = "/v1/integrations/registries"
_ITEM: Final = f"{_COLLECTION}/{{credentialId}}"
_BACKEND: Final = "northflank-emulator"
# What is left out of the contract, as it takes time to read and gives no other requests, or requests that are judged
# elsewhere: examples, security and answers.
_DROPPED: Final = ("examples", "example", "security", "links", "headers", "description", "x-rule", "if", "then")


@dataclass(frozen=True)
class Generated:
    """What to send.

    Attributes:
        operation: `add`, `list` or `update`.
        body: a JSON value, bytes that may be none, or ABSENT.
        query: parameters as they were generated.
    """

    operation: str
    body: Any
    query: Mapping[str, Any]


class MissingError(Exception):
    """Schemathesis is not installed; the message is a sentence with the remedy."""


_OPERATIONS: Final = {"add": "add-registry", "list": "list-registries", "update": "update-registry"}


@functools.lru_cache(maxsize=16)
def generate(operation: str, mode: str, count: int, seed: int) -> tuple[Generated, ...]:
    """Return at most so many cases of an operation, `positive` or `negative` ones by the contract.

    Raises:
        MissingError: Schemathesis is not installed.
    """
    _prepare()
    import hypothesis
    import schemathesis

    mode_of = schemathesis.GenerationMode
    strategy = _operation(operation).as_strategy(generation_mode=mode_of(mode))
    found: list[Generated] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        derandomize=False,
        database=None,
        deadline=None,
        backend=_backend(),
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=False,
    )
    @hypothesis.given(case=strategy)
    def collect(case: Any) -> None:
        body = case.body if isinstance(case.body, bytes) or _is_json(case.body) else ABSENT
        found.append(Generated(operation, body, dict(case.query or {})))

    collect()
    return tuple(found[:count])


@functools.cache
def _prepare() -> None:
    """Import what generates; what Hypothesis keeps of Unicode's tables is not put where the user happens to be.

    Raises:
        MissingError: it is not installed.
    """
    stranger = "hypothesis" not in sys.modules
    try:
        from hypothesis import configuration
        from schemathesis import openapi  # noqa: F401 - to see that it is there
    except ImportError as error:
        remedy = "install northflank-emulator[conformance] for them"
        raise MissingError(f"Generated cases were left out, as {error.name} is missing: {remedy}.") from None
    if stranger and "HYPOTHESIS_STORAGE_DIRECTORY" not in os.environ and not Path(".hypothesis").exists():
        cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
        configuration.set_hypothesis_home_dir(cache / "northflank-emulator" / "hypothesis")


@functools.cache
def _backend() -> str:
    """Return the name of a Hypothesis backend that does not draw from the constants of the modules that are loaded.

    They are others in another place, and so would be the cases of a seed.
    """
    try:
        from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
        from hypothesis.internal.constants_ast import Constants
    except ImportError:  # pragma: no cover - another version of Hypothesis: then the cases depend on the place
        return "hypothesis"

    class Steady(HypothesisProvider):
        _local_constants = Constants()

    AVAILABLE_PROVIDERS[_BACKEND] = Steady
    return _BACKEND


@functools.cache
def _schema() -> Any:
    import schemathesis

    return schemathesis.openapi.from_dict(_document())


def _operation(operation: str) -> Any:
    return _schema().find_operation_by_id(_OPERATIONS[operation])


def _document() -> dict[str, Any]:
    """Return as much of the contract as requests are made of."""
    whole: Any = codec.loads(contract.specification())
    paths = whole["paths"]
    kept = {
        _COLLECTION: {name: paths[_COLLECTION][name] for name in ("get", "post")},
        _ITEM: {name: paths[_ITEM][name] for name in ("parameters", "patch")},
    }
    for path in kept.values():
        for name, operation in path.items():
            if name != "parameters":
                operation["responses"] = {"200": {"description": "OK"}}
    components = {name: whole["components"][name] for name in ("parameters", "requestBodies", "schemas")}
    return {
        "openapi": whole["openapi"],
        "info": whole["info"],
        "paths": _pruned(kept),
        "components": _pruned(components),
    }


def _pruned(value: Any, *, members: bool = False) -> Any:
    """Return a part of the contract without what is dropped, and with the members of request bodies closed.

    Args:
        members: the keys of `value` are names of the API, none of the specification's.
    """
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {
        name: _pruned(inner, members=name == "properties")
        for name, inner in value.items()
        if members or name not in _DROPPED
    }
    if not members and "properties" in kept:
        kept["additionalProperties"] = False
    return kept


def _is_json(value: Any) -> bool:
    try:
        codec.stdlib_dumps(value)
    except (TypeError, ValueError):
        return False
    return True
