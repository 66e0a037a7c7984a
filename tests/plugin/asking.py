"""Calls of the emulated API with the token of a handle."""

from __future__ import annotations

from emulator import Northflank
from tests.conftest import REGISTRIES, Answer
from tests.samples import SMALLEST
from tests.wire import Client


def call(handle: Northflank, method: str = "GET", path: str = REGISTRIES, body: object = None) -> Answer:
    with Client(handle.url, handle.token) as client:
        return client(method, path, body)


def add(handle: Northflank, name: str = "abc") -> Answer:
    return call(handle, "POST", body={**SMALLEST, "name": name})
