"""The pytest plugin: the fixtures `northflank_server` and `northflank`, a marker and some options.

pytest loads this module in every run of an environment that has the package, and before coverage starts. So it imports
nothing and does next to nothing: what a fixture or an option needs is in `emulator.plugin`, loaded with its first use.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.handle import Northflank
    from emulator.plugin.overriding import Made
    from emulator.plugin.servers import Servers
    from emulator.plugin.watching import Watched

_MADE: pytest.StashKey[Made] = pytest.StashKey()
_WATCHED: pytest.StashKey[Watched] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; the values are read where they count."""
    group = parser.getgroup("northflank", "Northflank emulator")
    strict = "Fail tests in which the emulator rejected a request that the test did not expect to be rejected."
    group.addoption("--northflank-strict", action="store_true", help=strict)
    parser.addini("northflank_strict", strict, type="bool", default=False)
    group.addoption(
        "--northflank-assumptions",
        action="store_true",
        help="Print at the end which assumed rules of the emulator the tests relied on.",
    )
    group.addoption(
        "--northflank-target",
        metavar="URL",
        help="Check whether the API at URL keeps the documented contract, one test a rule. "
        "With it, --help lists more options that start like this.",
    )


def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    """With a target, load what checks it: now it is known that it is needed, and options can still be added."""
    if early_config.known_args_namespace.northflank_target:
        from emulator.plugin import target

        target.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and with its option the summary or the check of a target."""
    config.addinivalue_line(
        "markers",
        "northflank(fixture, count, seed, assume, profile, freeze, strict, assumptions, allow): "
        "what the fixture northflank starts with, and what fails its test",
    )
    if config.getoption("northflank_assumptions"):
        from emulator.plugin.summary import Summary

        config.pluginmanager.register(Summary(), "northflank-assumptions")
    if config.getoption("northflank_target"):
        from emulator.plugin import target

        target.configure(config)


@pytest.fixture(scope="session")
def northflank_options() -> Mapping[str, Any]:
    """Address and settings of the emulator. Override it in a conftest, a module or a class; the nearest one counts.

    A mapping with any of `host`, `port` (0 for a free one) and the other settings of `northflank-emulator serve`, such
    as `{"rate_limit": "enforce"}`; or with `url` (and `admin_token`) of an emulator that runs already, in place of
    NORTHFLANK_EMULATOR_URL (and NORTHFLANK_EMULATOR_ADMIN_TOKEN).
    """
    return {}


@pytest.fixture(scope="session")
def _northflank_servers() -> Iterator[Servers]:
    from emulator.plugin.servers import Servers

    with closing(Servers()) as servers:
        yield servers


@pytest.fixture(scope="session")
def northflank_server(
    request: pytest.FixtureRequest, northflank_options: Mapping[str, Any], _northflank_servers: Servers
) -> Northflank:
    """A running emulator, one for each process of the session and set of options; `fresh()` is another account."""
    from emulator.plugin.overriding import Made

    request.session.stash[_MADE] = Made(request)
    return _northflank_servers.of(northflank_options)


@pytest.fixture
def northflank(request: pytest.FixtureRequest, northflank_server: Northflank) -> Iterator[Northflank]:
    """An account of this test alone, on an emulator that speaks real HTTP."""
    from emulator.plugin.watching import watched

    with watched(request.node, northflank_server) as watch:
        request.node.stash[_WATCHED] = watch
        yield watch.handle
        del request.node.stash[_WATCHED]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Where other options are nearest to a test, have another server for it."""
    if _MADE in item.session.stash:
        item.session.stash[_MADE].renew_for(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test fail for what the emulator saw of it."""
    try:
        result = yield
    except BaseException:
        if _WATCHED in item.stash:
            item.stash[_WATCHED].ended_early()
        raise
    if _WATCHED in item.stash:
        item.stash[_WATCHED].judge()
    return result
