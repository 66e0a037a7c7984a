"""The peers: whether each is there, how it is started, and how much of a request it checks.

Not among them is what cannot serve this contract: moto, for one, serves the interfaces of AWS and no others.
"""

import enum
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator import contract
from tests.benchmarks.peers import stubs
from tests.benchmarks.peers.installing import MODULES, VENV
from tests.benchmarks.processes import ROOT, Program
from tests.benchmarks.wire import HOST

JAVA: Final = "java"
NODE: Final = "node"
PYTHON: Final = str(VENV / "bin/python")
_CONTRACT: Final = "contracts/openapi.yaml"
_LOOPBACK_ONLY: Final = ROOT / "tests/clients/js/loopback-only.cjs"
_PATIENCE: Final = 120.0  # a big Java program on one core, beside others that are starting


class Validates(enum.Enum):
    ALL = "all"
    PART = "all but the condition (if, then)"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Peer:
    """One contestant; two may be the same product, set up in two ways.

    Args:
        setting: what it was given to serve, and what it makes of a request.
        validates: what it checks of a body. Two invalid ones are sent; a peer that does something else is not measured.
        interpreter: the command that runs it.
        installed: returns its version, or None when it is not there.
        program: writes what it reads into the folder that it is given.
    """

    name: str
    setting: str
    validates: Validates
    interpreter: str
    installed: Callable[[], str | None]
    program: Callable[[Path], Program]

    def missing(self) -> str | None:
        """Return what keeps it from being started, or None."""
        if self.installed() is None:
            return "not installed: make bench-peers"
        if shutil.which(self.interpreter) is None:
            return f"needs {Path(self.interpreter).name}, which was not found"
        return None

    def about(self) -> Mapping[str, str]:
        """Return what a reader of its figures has to know."""
        about: dict[str, str] = {"setting": self.setting, "validates": self.validates.value}
        if version := self.installed():
            about["version"] = version
        if runs_on := _interpreter_version(self.interpreter):
            about["runs_on"] = runs_on
        return about


def _npm(package: str) -> Callable[[], str | None]:
    def installed() -> str | None:
        manifest = MODULES / package / "package.json"
        return str(json.loads(manifest.read_text())["version"]) if manifest.exists() else None

    return installed


def _pypi(package: str) -> Callable[[], str | None]:
    def installed() -> str | None:
        found = [path.name for path in VENV.glob(f"lib/python*/site-packages/{package}-*.dist-info")]
        return found[0].removeprefix(f"{package}-").removesuffix(".dist-info") if found else None

    return installed


def _interpreter_version(interpreter: str) -> str | None:
    if shutil.which(interpreter) is None:
        return None
    option = "-version" if interpreter == JAVA else "--version"  # the latter is unknown to Java 8
    said = subprocess.run([interpreter, option], capture_output=True, text=True, check=False)
    number = re.search(r"\d+(\.\d+)+", said.stdout + said.stderr)
    return f"{Path(interpreter).name} {number[0]}" if number else None


def _java(jar: Path, folder: Path, *arguments: str) -> Program:
    # With a hosts file of its own it can look up no name but this one, so it reports to nobody.
    (folder / "hosts").write_text(f"{HOST} localhost\n")
    return Program(
        jar.name,
        (f"-Djdk.net.hosts.file={folder / 'hosts'}", "-jar", str(jar), *arguments),
        stubs.HEALTH,
        executable=JAVA,
        folder=folder,
        variables={"HOME": str(folder), "SPECMATIC_DISABLE_TELEMETRY": "true"},
        patience_seconds=_PATIENCE,
    )


def _node(script: Path, folder: Path, *arguments: str) -> Program:
    return Program(
        script.name,
        (f"--require={_LOOPBACK_ONLY}", str(script), *arguments),
        stubs.HEALTH,
        executable=NODE,
        folder=folder,
        variables={"HOME": str(folder), "NODE_ENV": "production"},
        patience_seconds=_PATIENCE,
    )


def _prism(folder: Path) -> Program:
    script = MODULES / "@stoplight/prism-cli/dist/index.js"
    document = str(contract.find(_CONTRACT))
    options = ("--host", HOST, "--port", "{port}", "--multiprocess", "false", "--verboseLevel", "error")
    return _node(script, folder, "mock", document, *options)


def _specmatic(folder: Path) -> Program:
    # As JSON, since it takes no notice of YAML's aliases.
    (folder / "openapi.json").write_bytes(contract.specification())
    options = ("--host", HOST, "--port", "{port}", "--noConsoleLog", "--hot-reload", "disabled")
    return _java(MODULES / "specmatic/specmatic.jar", folder, "mock", *options, "openapi.json")


def _wiremock(folder: Path, *, validating: bool) -> Program:
    jar = next((MODULES / "wiremock/build").glob("wiremock-standalone-*.jar"))
    (folder / "mappings").mkdir()
    mappings = stubs.wiremock(contract.load(_CONTRACT), validating=validating)
    (folder / "mappings/stubs.json").write_text(json.dumps(mappings))
    # A journal of 1,000, as the emulator has; answers in one piece, which is faster and what the others do.
    kept = ("--max-request-journal-entries", "1000", "--use-chunked-encoding", "never", "--disable-gzip")
    quiet = ("--disable-banner", "--disable-request-logging", "--root-dir", str(folder))
    return _java(jar, folder, "--bind-address", HOST, "--port", "{port}", *quiet, *kept)


def _mockoon(folder: Path, *, validating: bool) -> Program:
    data = folder / "environment.json"
    data.write_text(json.dumps(stubs.mockoon(contract.load(_CONTRACT), validating=validating)))
    options = ("--hostname", HOST, "--port", "{port}", "--disable-log-to-file", "--disable-admin-api")
    return _node(MODULES / "@mockoon/cli/bin/run.js", folder, "start", "--data", str(data), *options)


def _connexion(folder: Path) -> Program:
    document, answer = folder / "openapi.json", folder / "answer.json"
    document.write_text(json.dumps(stubs.connexion(contract.load(_CONTRACT))))
    answer.write_text(stubs.answer(contract.load(_CONTRACT)))
    script = Path(__file__).with_name("connexion_app.py")
    return Program(
        script.name,
        (str(script), "{port}", str(document), str(answer)),
        stubs.HEALTH,
        executable=PYTHON,
        folder=folder,
        patience_seconds=_PATIENCE,
    )


PEERS: Final = (
    Peer(
        "WireMock, plain stub",
        "a stub that matches the method and the path",
        validates=Validates.NOTHING,
        interpreter=JAVA,
        installed=_npm("wiremock"),
        program=lambda folder: _wiremock(folder, validating=False),
    ),
    Peer(
        "WireMock",
        "a stub that matches bodies by the contract's JSON Schema",
        validates=Validates.ALL,
        interpreter=JAVA,
        installed=_npm("wiremock"),
        program=lambda folder: _wiremock(folder, validating=True),
    ),
    Peer(
        "Prism",
        "contracts/openapi.yaml",
        validates=Validates.ALL,
        interpreter=NODE,
        installed=_npm("@stoplight/prism-cli"),
        program=_prism,
    ),
    Peer(
        "Connexion",
        "one operation in OpenAPI 3.0, on uvicorn",
        validates=Validates.PART,
        interpreter=PYTHON,
        installed=_pypi("connexion"),
        program=_connexion,
    ),
    Peer(
        "Specmatic",
        "contracts/openapi.yaml, answers made up",
        validates=Validates.PART,
        interpreter=JAVA,
        installed=_npm("specmatic"),
        program=_specmatic,
    ),
    Peer(
        "Mockoon, plain route",
        "a route with one response",
        validates=Validates.NOTHING,
        interpreter=NODE,
        installed=_npm("@mockoon/cli"),
        program=lambda folder: _mockoon(folder, validating=False),
    ),
    Peer(
        "Mockoon",
        "a route with a rule that names the contract's JSON Schema",
        validates=Validates.ALL,
        interpreter=NODE,
        installed=_npm("@mockoon/cli"),
        program=lambda folder: _mockoon(folder, validating=True),
    ),
)
