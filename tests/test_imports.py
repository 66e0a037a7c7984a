"""Imports inside the package point one way only: down the table below, which is that of the design."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "emulator"

# Everything that has never heard of HTTP.
CORE = {
    "errors",
    "models",
    "patterns",
    "slugs",
    "clock",
    "codec",
    "contract",
    "behaviour",
    "profile",
    "profiletext",
    "settings",
    "records",
    "changes",
    "cursors",
    "namespace",
    "store",
    "tenancy",
    "events",
    "redaction",
    "exchange",
    "reliance",
    "journal",
    "verifications",
    "matching",
    "faults",
    "ratelimit",
    "fields",
    "flatcheck",
    "quickread",
    "schemas",
    "seeding",
    "state",
    "lockfile",
    "statefile",
}

# Module or subpackage -> what else of the package it may import.
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "models": set(),
    "patterns": set(),
    "slugs": {"patterns"},
    "clock": set(),
    "codec": {"errors"},
    "contract": {"errors", "codec"},
    "behaviour": {"errors", "contract"},
    "profile": {"errors", "behaviour", "contract"},
    "profiletext": {"profile"},
    "settings": {"errors", "models", "behaviour", "profile"},
    # Settings as a Python program gives them.
    "given": {"errors", "models", "behaviour", "profile", "settings"},
    "records": {"models", "codec", "clock"},
    "changes": {"models"},
    "cursors": {"errors"},
    "namespace": {"errors", "models", "slugs", "clock", "records", "cursors"},
    "store": {"clock", "namespace"},
    "tenancy": {"errors", "models", "store"},
    "events": {"codec"},
    "redaction": {"errors", "codec"},
    "exchange": set(),
    "reliance": {"slugs", "contract", "exchange", "schemas"},
    "journal": {"errors", "models", "clock", "events", "exchange", "redaction", "reliance"},
    "verifications": set(),
    "matching": {"errors", "models", "journal", "redaction"},
    "faults": {"errors", "models", "clock"},
    "ratelimit": {"errors", "models", "clock"},
    "fields": {"patterns"},
    "flatcheck": {"fields"},
    "quickread": {"fields", "flatcheck"},
    "schemas": {"errors", "models", "patterns", "behaviour", "fields", "flatcheck", "quickread"},
    "seeding": {
        "errors",
        "models",
        "slugs",
        "clock",
        "codec",
        "contract",
        "behaviour",
        "records",
        "fields",
        "schemas",
        "namespace",
        "store",
    },
    "state": {
        "errors",
        "models",
        "patterns",
        "slugs",
        "clock",
        "codec",
        "behaviour",
        "records",
        "schemas",
        "namespace",
        "store",
    },
    "lockfile": set(),
    "statefile": {"errors", "codec", "store", "state", "lockfile"},
    "api": CORE,
    "control": CORE | {"api"},
    "inspector": set(),
    "app": CORE | {"given", "api", "control", "inspector"},
    # What HTTP itself rejects, before any route, is answered like all else: hence the api.
    "connection": {"api", "errors"},
    "server": {"app", "api", "connection", "settings", "errors", "portfile"},
    "portfile": {"errors"},
    # What is said on standard output, where it is more than two lines of text.
    "logs": set(),
    # From outside, over HTTP only: never the store or the api.
    "conformance": {"contract", "errors", "codec", "patterns", "slugs", "redaction", "clock", "profile"},
    "checking": {"conformance", "errors", "profile", "profiletext"},
    # The control routes asked from outside: by commands, and by tests.
    "remote": {"errors"},
    "handle": {"remote", "tenancy", "conformance", "profile", "profiletext"},
    # A server in a thread, which is a handle too.
    "embedded": {"server", "api", "settings", "given", "remote", "handle"},
    # pytest loads `pytest_plugin` in every run, and before coverage starts; it loads `plugin` when a test asks.
    "pytest_plugin": {"plugin", "handle"},
    "plugin": {"__init__", "handle", "remote", "settings", "given", "errors", "contract", "conformance"},
    # The image as another program's test starts it.
    "testcontainers": {"handle"},
    "commands": {"errors", "remote"},
    "cli": {"logs", "server", "checking", "settings", "errors", "contract", "remote", "commands"},
    "__main__": {"cli"},
    "__init__": {"app", "embedded", "handle", "settings"},
}

HTTP = {"api", "control", "inspector", "app", "connection", "server", "conformance"}

# Library -> the only modules that may import it; anything else must be in the standard library.
LIBRARIES: dict[str, set[str]] = {
    "aiohttp": HTTP,
    "multidict": HTTP | {"exchange"},  # of aiohttp's interface
    "yarl": HTTP,
    "click": {"cli", "commands", "checking"},
    "faker": {"seeding"},
    "marshmallow": {"fields", "flatcheck", "quickread", "schemas", "seeding", "api", "control"},
    "msgspec": {"quickread"},
    "orjson": {"codec"},
    "pytest": {"pytest_plugin", "plugin", "conformance"},
    "schemathesis": {"conformance"},
    "hypothesis": {"conformance"},
    "testcontainers": {"testcontainers"},
    "sortedcontainers": {"namespace"},
    "uvloop": {"server", "cli"},
    "yaml": {"contract", "settings", "conformance"},
}


def unit_of(path: Path) -> str:
    """The row of the table that a file belongs to: its module or, in a subpackage, the subpackage."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


FILES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
UNITS = {unit_of(path) for path in FILES.values()}


def imported_names(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    """Absolute dotted names of all imports: inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            # A plain `import emulator` is an arrow to whatever is then taken from it.
            yield from (alias.name for alias in node.names if alias.name != "emulator")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "emulator":
            yield f"emulator.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = [*base, *(node.module.split(".") if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)


def wrong_arrows(source: str, path: Path) -> list[str]:
    """What a file imports against the tables, one readable line each."""
    unit = unit_of(path)
    package = ("emulator", *path.relative_to(PACKAGE).parent.parts)
    wrong = []
    for name in imported_names(ast.parse(source), package):
        top, _, rest = name.partition(".")
        if top == "emulator":
            target = rest.split(".")[0] or "__init__"
            # A name that is no module is one that the package itself exports; the version may be read anywhere.
            if target not in UNITS and target not in MAY_IMPORT:
                target = "__init__"
            if target != unit and target not in MAY_IMPORT[unit] and name != "emulator.__version__":
                wrong.append(f"{unit} -> {target} ({name})")
        elif top not in sys.stdlib_module_names and unit not in LIBRARIES.get(top, set()):
            wrong.append(f"{unit} -> {name}")
    return sorted(set(wrong))


def test_the_package_is_found() -> None:
    assert "errors.py" in FILES


@pytest.mark.parametrize("file", FILES)
def test_a_module_imports_only_what_its_row_of_the_table_names(file: str) -> None:
    path = FILES[file]

    assert unit_of(path) in MAY_IMPORT, f"{file} has no row in the table"
    assert wrong_arrows(path.read_text(encoding="utf-8"), path) == []


def test_the_table_itself_has_no_circle() -> None:
    remaining = {unit: set(targets) for unit, targets in MAY_IMPORT.items()}
    while leaves := {unit for unit, targets in remaining.items() if not targets & remaining.keys()}:
        remaining = {unit: targets for unit, targets in remaining.items() if unit not in leaves}

    assert not remaining


@pytest.mark.parametrize(
    ("file", "source", "arrow"),
    [
        pytest.param("store.py", "from emulator.api.errors import STATUS", "store -> api", id="absolute"),
        pytest.param("store.py", "from .api import errors", "store -> api", id="relative"),
        pytest.param("store.py", "from . import api", "store -> api", id="relative-to-the-package"),
        pytest.param("store.py", "from emulator import create_app", "store -> __init__", id="export-of-the-package"),
        pytest.param("store.py", "import emulator\nemulator.Emulator()", "store -> __init__", id="export-by-attribute"),
        pytest.param("store.py", "import emulator.server", "store -> server", id="import-of-a-submodule"),
        pytest.param("api/routes.py", "from ..control import state", "api -> control", id="from-a-subpackage"),
        pytest.param("errors.py", "def f():\n    import emulator.models", "errors -> models", id="inside-a-function"),
        pytest.param("store.py", "from aiohttp import web", "store -> aiohttp.web", id="library"),
        pytest.param("api/routes.py", "import requests", "api -> requests", id="library-that-is-not-declared"),
    ],
)
def test_a_wrong_arrow_is_noticed(file: str, source: str, arrow: str) -> None:
    found = wrong_arrows(source, PACKAGE / file)

    assert len(found) == 1
    assert found[0].startswith(arrow)


def test_right_arrows_pass() -> None:
    source = """
import json
import emulator
from aiohttp import web
from emulator import __version__
from emulator.store import Store
from .errors import STATUS
emulator.__version__
"""

    assert wrong_arrows(source, PACKAGE / "api" / "routes.py") == []
