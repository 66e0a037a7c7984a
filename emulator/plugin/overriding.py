"""Lets modules and folders override `northflank_options`, though pytest keeps a session's fixture for all of them."""

from __future__ import annotations

from typing import Any, Final

import pytest

_OPTIONS: Final = "northflank_options"


class Made:
    """The fixture `northflank_server` of a request, made of one of the fixtures that are called `northflank_options`.

    pytest has no public names for any of this. Those that are used here are as old as pytest 8.1; where one is missing,
    nothing is renewed: then an override counts only if its tests come first.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._definition: Any = getattr(request, "_fixturedef", None)
        active = getattr(request, "_get_active_fixturedef", None)
        self._options = active(_OPTIONS) if active is not None and self._definition is not None else None

    def renew_for(self, item: pytest.Item) -> None:
        """End the fixture, and what was made of it, where the options nearest to a test are others.

        So does pytest with a fixture whose parameter is another: the next who asks for it gets a new one.
        """
        nearest = _nearest(item)
        if self._options is not None and nearest not in {None, self._options}:
            self._definition.finish(self._request)


def _nearest(item: pytest.Item) -> Any:
    """Return the definition of the options that count for a test; None if this pytest does not tell."""
    manager: Any = getattr(item.session, "_fixturemanager", None)
    try:
        return manager.getfixturedefs(_OPTIONS, item)[-1]
    except (AttributeError, TypeError):
        return None
