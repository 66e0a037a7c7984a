"""The page of the inspector as it is served: files without data, closed to all that is foreign, read when asked for."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

import emulator.inspector
from emulator import Settings
from emulator.control.routes import ROUTES
from emulator.faults import EFFECTS
from tests.conftest import Answer, Ask, Start
from tests.contract_checker import Contract
from tests.processes import clean_environment
from tests.readme import rulebook

PAGE: Final = "/_emulator/"
FOLDER: Final = Path(emulator.inspector.__file__).with_name("page")
SCRIPTS: Final = sorted(FOLDER.glob("*.js"))
SHEETS: Final = ["look.css", *sorted(path.name for path in FOLDER.glob("*.css"))]
POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self'",
    "img-src": "'self' data:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


class Page(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"} and data.strip():
            self.inline.append(data)

    def loaded(self) -> list[str]:
        """Return what the page loads, by its address."""
        return [
            str(attributes["src" if tag == "script" else "href"])
            for tag, attributes in self.elements
            if tag in {"script", "link"}
        ]


async def page(ask: Ask, path: str = "", **rest: Any) -> Answer:
    return await ask("GET", PAGE + path, token=None, **rest)


def imported(script: Path) -> set[str]:
    return set(re.findall(r'^import [^;]*? from "\./([^"]+)";', script.read_text("utf-8"), re.MULTILINE))


async def test_the_page_is_there_and_the_way_to_it_is_forgiving(ask: Ask) -> None:
    answer = await page(ask)
    without_slash = await ask("GET", "/_emulator", token=None, allow_redirects=False)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    # Relative, so that it holds behind a proxy that puts a path before ours.
    assert (without_slash.status, without_slash.headers["Location"]) == (308, "_emulator/")
    assert (await ask("GET", "/_emulator", token=None)).text == answer.text
    assert (await ask("HEAD", PAGE, token=None)).status == 200


@pytest.mark.parametrize("path", ["", "inspector/main.js", "inspector/shell.css", "inspector/icon.svg"])
async def test_every_file_is_under_a_strict_policy(ask: Ask, path: str) -> None:
    headers = (await page(ask, path)).headers

    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["x-emulator-version"]
    assert not [name for name in headers if name.lower().startswith("x-ratelimit")]


async def test_the_page_has_nothing_inline_and_loads_only_its_own(ask: Ask) -> None:
    shown = Page((await page(ask)).text)

    assert shown.inline == []
    assert [
        name for _, attributes in shown.elements for name in attributes if name == "style" or name[:2] == "on"
    ] == []
    assert {address.rpartition("/")[0] for address in shown.loaded()} == {"inspector"}
    assert [address.rpartition("/")[2] for address in shown.loaded() if address.endswith(".css")] != []


async def test_each_file_is_served_for_what_it_is_and_none_is_left_over(ask: Ask) -> None:
    types = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "html": "text/html"}
    shown = Page((await page(ask)).text)
    waiting = {address.rpartition("/")[2] for address in shown.loaded()}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        found.add(name)
        answer = await page(ask, f"inspector/{name}")
        assert answer.status == 200, name
        assert answer.headers["Content-Type"].split(";")[0] == types[name.rpartition(".")[2]]
        if name.endswith(".js"):
            waiting |= imported(FOLDER / name) - found

    assert found | {"index.html"} == {path.name for path in FOLDER.iterdir()} | {"look.css"}
    assert {name for name in found if name.endswith(".css")} == set(SHEETS)


@pytest.mark.parametrize(
    "path",
    [
        "inspector/no-such.js",
        "inspector/",
        "inspector/index.html",
        "inspector/__init__.py",
        "inspector/..%2f__init__.py",
        "inspector/..%2f..%2fcontrol%2frules.js",
        "inspector/main.js/",
        "inspector/MAIN.JS",
        "main.js",
    ],
)
async def test_there_is_nothing_else(ask: Ask, path: str) -> None:
    answer = await page(ask, path)

    assert (answer.status, answer.error["id"]) == (404, "route-not-found")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_the_page_is_only_read(ask: Ask, method: str) -> None:
    answer = await ask(method, PAGE, token=None)

    assert (answer.status, answer.error["id"]) == (405, "method-not-allowed")


@pytest.mark.parametrize(
    "settings",
    [{}, {"admin_token": "right"}, {"control": "with-token", "admin_token": "right"}, {"control": "off"}],
    ids=str,
)
async def test_the_files_hold_no_data_and_need_no_token(start: Start, settings: dict[str, Any]) -> None:
    ask = await start(**settings)
    there = await start()
    headers = {"Host": "emulator:8080", "Sec-Fetch-Site": "cross-site"}  # somebody followed a link

    for path in ("", "inspector/main.js"):
        answer = await page(ask, path, headers=headers)
        assert answer.status == 200
        assert answer.text == (await page(there, path)).text


async def test_looking_leaves_no_trace(ask: Ask) -> None:
    for path in ("", "inspector/main.js", "inspector/no-such.js"):
        await page(ask, path)

    assert (await ask("GET", "/_emulator/requests", token=None)).json["requests"] == []
    assert (await ask("GET", "/_emulator/accounts", token=None)).json["accounts"] == []


def test_no_file_is_read_before_somebody_asks_for_it_and_then_once() -> None:
    program = """
import sys
from urllib.request import urlopen
from emulator import Emulator
from tests.wire import Client

opened = []
sys.addaudithook(lambda event, arguments: event == "open" and opened.append(str(arguments[0])))
with Emulator() as running, Client(running.url, "one") as client:
    client("GET", "/v1/integrations/registries")
    client("GET", "/_emulator/requests")
    files = [path for path in opened if "/inspector/page/" in path or path.endswith("look.css")]
    assert files == [], files
    for name in ("", "inspector/main.js", "inspector/look.css", "", "inspector/main.js"):
        assert urlopen(f"{running.url}/_emulator/{name}").status == 200
files = sorted(path.rpartition("/")[2] for path in opened if "/inspector/page/" in path or path.endswith("look.css"))
assert files == ["index.html", "look.css", "main.js"], files
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[1],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.name))
def test_a_script_reads_no_markup_and_keeps_nothing(script: Path) -> None:
    text = script.read_text("utf-8")

    for word in (
        *("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "createContextualFragment"),
        *("eval(", "new Function", "localStorage", "sessionStorage", "indexedDB", ".cookie", "http://", "https://"),
    ):
        # The namespace of SVG is a name, and no address.
        assert word not in text.replace('"http://www.w3.org/2000/svg"', ""), word
    assert text.startswith("/** "), "what it is for"
    assert len(text.splitlines()) <= 300


def asked_routes() -> set[tuple[str, str]]:
    """Return method and path of what the page asks, with what is put into a path left open."""
    found = set()
    for script in SCRIPTS:
        for method, path in re.findall(
            r'api\.(get|post|put|delete|open)\(\s*["`](/[^"`]*)["`]', script.read_text("utf-8")
        ):
            found.add(("GET" if method == "open" else method.upper(), re.sub(r"\$\{[^}]*\}", "{}", path)))
    return found


def test_the_page_asks_nothing_but_documented_control_routes() -> None:
    documented = {
        (method.upper(), re.sub(r"\{[^}]*\}", "{}", path).removeprefix("/_emulator"))
        for path, item in Contract("contracts/control.yaml").document["paths"].items()
        for method in item
        if method != "parameters"
    }

    assert len(asked_routes()) > 15
    assert asked_routes() <= documented
    assert len(documented) == len(ROUTES)


def listed(script: str, name: str) -> list[str]:
    """Return the names of the members of an object that a script declares, one on each line or all on one."""
    [body] = re.findall(rf"const {name} = \{{(.*?)\}};", (FOLDER / script).read_text("utf-8"), re.DOTALL)
    return [
        first or second for first, second in re.findall(r'(?:^|[{,])\s*(?:"([a-z-]+)"|([a-z]+)):', body, re.MULTILINE)
    ]


def test_the_effects_in_words_are_those_of_the_program() -> None:
    assert listed("fault-words.js", "EFFECTS") == listed("fault-words.js", "DOES") == list(EFFECTS)


def test_every_rule_has_a_group_and_every_basis_a_mark() -> None:
    assert set(listed("rules.js", "GROUPS")) == {rule["id"].partition(".")[0] for rule in rulebook()["rules"]}
    known = Contract("contracts/control.yaml").document["components"]["schemas"]["Rule"]["properties"]["basis"]["enum"]
    text = (FOLDER / "rulebook.js").read_text("utf-8")
    assert re.findall(r'^  "?([a-z-]+)"?: \{\s*words', text, re.MULTILINE) == known


def test_the_page_shows_as_many_calls_as_are_kept() -> None:
    [most] = re.findall(r"MOST = (\d+);", (FOLDER / "calls.js").read_text("utf-8"))

    assert int(most) == Settings().journal
