"""Finds and loads the contract and the rulebook, in a checkout and in an install alike."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Final

from emulator import codec
from emulator.errors import MissingDataError

_PACKAGE: Final = Path(__file__).parent


def find(name: str) -> Path:
    """Return the data file `name`, such as `contracts/openapi.yaml`: in the package, else beside it.

    Raises:
        MissingDataError: it is in neither place.
    """
    for base in (_PACKAGE, _PACKAGE.parent):
        file = base / name
        if file.is_file():
            return file
    raise MissingDataError(f"{name} is missing; reinstall northflank-emulator.")


def load(name: str) -> Any:
    """Return the content of a YAML data file."""
    import yaml  # takes longer to import than all of this package: only who reads a document pays

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(find(name).read_bytes(), Loader=loader)  # noqa: S506 - both loaders are the safe one


@functools.cache
def specification() -> bytes:
    """Return the OpenAPI document as JSON."""
    return codec.dumps(load("contracts/openapi.yaml"))


def contract_date() -> str:
    """Return the date of the contract, its `info.version`, without reading all of it."""
    with find("contracts/openapi.yaml").open(encoding="utf-8") as lines:
        for line in lines:
            found = re.match(r"  version: [\"']?([0-9-]+)", line)
            if found:
                return found.group(1)
    raise MissingDataError("contracts/openapi.yaml has no info.version.")
