"""What to do when the API cannot be reached, or has been asked too often."""

import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any, TypeVar

from registry_client import ApiError, Registries

T = TypeVar("T")


def add_once(registries: Registries, name: str, provider: str, attempts: int = 3) -> Any:
    """Add a registry; try again while it is unknown whether that was done.

    If it was, and only the answer got lost, then the next attempt is refused: the name is taken,
    by ourselves.
    """
    doubt: Exception | None = None
    for _ in range(attempts):
        try:
            return registries.add(name, provider)
        except ApiError as error:
            if doubt and error.status == 409 and (ours := find(registries, name, provider)):
                return ours
            if error.status < 500:
                raise
            doubt = error
        except (
            OSError,
            HTTPException,
            ValueError,
        ) as error:  # no answer, or half of one, or no JSON
            doubt = error
    raise TimeoutError(f"It is unknown whether {name!r} was added.") from doubt


def find(registries: Registries, name: str, provider: str) -> Any:
    for registry in registries.all():
        if (registry["name"], registry["provider"]) == (name, provider):
            return registries.get(registry["id"])
    return None


def patiently(call: Callable[[], T], sleep: Callable[[float], object] = time.sleep) -> T:
    """Return what `call` returns; before that, wait as often and as long as the API says."""
    while True:
        try:
            return call()
        except ApiError as error:
            if error.status != 429:
                raise
            sleep(error.retry_after)
