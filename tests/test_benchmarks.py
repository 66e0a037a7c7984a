"""What the benchmark says, writes and draws, and whom it measures; the figures themselves are `make bench`'s."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from emulator import contract

if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

from tests.benchmarks import report
from tests.benchmarks.options import Options
from tests.benchmarks.peers import stubs
from tests.benchmarks.peers.catalogue import PEERS, Peer, Validates
from tests.benchmarks.peers.race import peers
from tests.benchmarks.picture import WIDTH, NothingToDrawError, picture
from tests.benchmarks.processes import BARE, ROOT, Program
from tests.benchmarks.report import Row, Section, Target, Unit
from tests.benchmarks.wire import REJECTED, credential

SVG = "{http://www.w3.org/2000/svg}"
OPTIONS = Options(rounds=3, seconds=1, stored=2000)
VALIDATED = {"version": "3.1.4", "runs_on": "java 17.0.15", "setting": "a stub", "validates": "all"}
UNCONDITIONAL = {key: value for key, value in credential("abc").items() if key != "credentials"}


def section(name: str, *measures: str, share: float = 0.5, about: Mapping[str, str] | None = None) -> Section:
    """Three rounds against a bare server that does 20,000 a second with a p99 of 4 ms."""
    rows = [
        row
        for measure in measures
        for row in (
            Row(f"{measure}, throughput", Unit.RATE, [20_000 * share] * 3, [20_000] * 3, Target(0.8, at_least=True)),
            Row(f"{measure}, p99", Unit.TIME, [4000 / share] * 3, [4000] * 3),
        )
    ]
    return Section(name, "bare", rows, about or {})


def result(*sections: Section) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(report.as_json(sections, {"rounds": 3, "seconds": 1}, 0.125))
    return loaded


def beside_peers(*others: Section) -> dict[str, Any]:
    return result(section("emulator", "add beside peers, 32 conn.", share=0.85), *others)


def drawn(figures: Mapping[str, Any]) -> ET.Element:
    return ET.fromstring(picture(figures))  # noqa: S314 - we wrote it


def texts(drawing: ET.Element) -> list[str]:
    return [element.text or "" for element in drawing.iter(f"{SVG}text")]


def test_a_result_names_its_format_and_has_the_figures_of_every_round() -> None:
    written = result(section("WireMock", "add beside peers, 32 conn.", about=VALIDATED))

    assert written["format"] == 1
    assert set(written) == {"format", "environment", "options", "sections"}
    assert written["environment"]["cpu_used_by_others"] == 0.125
    assert written["sections"] == [
        {
            "ours": "WireMock",
            "theirs": "bare",
            "about": VALIDATED,
            "rows": [
                {
                    "measure": "add beside peers, 32 conn., throughput",
                    "unit": "requests per second",
                    "ours": [10_000.0] * 3,
                    "theirs": [20_000] * 3,
                    "ratio": 0.5,
                    "target": ">= 0.8",
                    "verdict": "missed",
                },
                {
                    "measure": "add beside peers, 32 conn., p99",
                    "unit": "microseconds",
                    "ours": [8000.0] * 3,
                    "theirs": [4000] * 3,
                    "ratio": 2.0,
                    "target": None,
                    "verdict": None,
                },
            ],
        }
    ]


def test_what_was_left_out_is_told_below_the_table_and_has_no_place_in_it() -> None:
    measured = section("WireMock", "add", about=VALIDATED)
    left_out = Section("Prism", "bare", (), {"setting": "the contract", "skipped": "not installed: make bench-peers"})

    assert "Prism" not in report.table([measured, left_out])
    assert "WireMock" in report.table([measured, left_out])
    assert report.notes([section("emulator", "add"), measured, left_out]).splitlines() == [
        "WireMock 3.1.4 (on java 17.0.15): a stub; validates all",
        "Prism is left out: not installed: make bench-peers",
    ]
    assert report.table([left_out]) == ""


def test_the_picture_ranks_all_contestants_and_tells_what_they_do_for_it() -> None:
    plain = {**VALIDATED, "validates": "nothing"}
    partly = {**VALIDATED, "validates": "all but the condition (if, then)"}
    shown = texts(
        drawn(
            beside_peers(
                section("Slow", "add beside peers, 32 conn.", share=0.0071, about=VALIDATED),
                section("Part", "add beside peers, 32 conn.", share=0.25, about=partly),
                section("Plain", "add beside peers, 32 conn.", share=0.5, about=plain),
            )
        )
    )

    version = result()["environment"]["northflank-emulator"]
    assert shown[3:28] == [
        *("bare server", "an echo: nothing validated or stored", "1.00", "20,000", "4.0 ms"),
        *("northflank-emulator", f"{version}, validated, stored, journalled", "0.85", "17,000", "4.7 ms"),
        *("Plain", "3.1.4, nothing validated", "0.50", "10,000", "8.0 ms"),
        *("Part", "3.1.4, validated in part", "0.25", "5,000", "16.0 ms"),
        *("Slow", "3.1.4, validated", "0.007", "142", "563 ms"),
    ]


def test_the_picture_has_a_part_for_what_only_the_emulator_does() -> None:
    own = section("emulator", "get, 32 conn.", "add, 1 conn.", share=0.9)
    shown = texts(drawn(result(own, section("without journal", "add, 32 conn."))))

    assert shown[3:8] == ["Add, one by one", "all fields, 1 connection", "0.90", "18,000", "4.4 ms"]
    assert shown[8] == "Get"
    assert "Add" not in shown
    assert "bare server" not in shown


@pytest.mark.parametrize("share", [0.5, 1.0, 1.5, 4.0])
def test_every_bar_is_as_long_as_its_ratio_says_and_leaves_room_for_the_figures(share: float) -> None:
    drawing = drawn(result(section("emulator", "add, 32 conn.", "get, 32 conn.", share=share)))
    bars = [element for element in drawing.iter(f"{SVG}rect") if "bar" in (element.get("class") or "").split()]
    (limit, *_) = drawing.iter(f"{SVG}line")

    assert len(bars) == 2
    for bar in bars:
        begin, length = (float(bar.get(name, "")) for name in ("x", "width"))
        assert length == pytest.approx(share * (float(limit.get("x1", "")) - begin), abs=1)
        assert begin + length < WIDTH - 200


def test_the_picture_says_who_was_left_out_and_how_quiet_the_machine_was() -> None:
    left_out = Section("Prism <5>", "bare", (), {"skipped": "not installed"})

    footer = texts(drawn(beside_peers(left_out)))[-3:]

    assert footer[0].startswith("Medians of 3 rounds of 1 s")
    assert footer[0].endswith("other programs used 12% of the processor.")
    assert footer[2] == "Left out, as they could not be measured: Prism <5>."


def test_the_picture_is_told_to_those_who_do_not_see_it() -> None:
    drawing = drawn(beside_peers())
    told = {element.get("id"): element.text or "" for element in (drawing[0], drawing[1])}

    assert drawing.get("role") == "img"
    assert (drawing.get("aria-labelledby") or "").split() == list(told) == ["title", "desc"]
    assert "northflank-emulator: 0.85 (17,000 requests/s, p99 4.7 ms)" in told["desc"]


def test_the_same_result_gives_the_same_small_picture_that_loads_nothing() -> None:
    many = [section(f"Peer {number}", "add beside peers, 32 conn.", about=VALIDATED) for number in range(12)]
    figures = beside_peers(*many, section("emulator", "add, 32 conn.", "get, 32 conn."))
    text = picture(figures)

    assert text == picture(json.loads(json.dumps(figures)))
    assert len(text.encode()) < 20_000
    assert "prefers-color-scheme: dark" in text
    assert not [word for word in ("href", "url(", "@import", "@font-face", "<script") if word in text]


@pytest.mark.parametrize("share", [0.0001, 1.0, 1.1, 40.0])
def test_no_bar_runs_into_the_columns(share: float) -> None:
    bars = [
        (float(element.get("x", "")), float(element.get("width", "")))
        for element in drawn(result(section("emulator", "get, 32 conn.", share=share))).iter(f"{SVG}rect")
        if "bar" in element.get("class", "").split()
    ]

    assert len(bars) == 1
    assert 2 <= bars[0][1] <= 300
    assert sum(bars[0]) < WIDTH - 200


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        pytest.param({"sections": []}, "format None", id="from-before-there-was-a-format"),
        pytest.param({"format": 2, "sections": []}, "format 2", id="from-a-later-version"),
        pytest.param(result(section("emulator", "cold start")), "none of the measures", id="of-other-measures"),
    ],
)
def test_a_result_that_cannot_be_drawn_is_refused_with_the_reason(figures: Mapping[str, Any], why: str) -> None:
    with pytest.raises(NothingToDrawError, match=why):
        picture(figures)


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        pytest.param(credential("abc"), True, id="what-is-measured"),
        pytest.param(REJECTED, False, id="several-faults"),
        pytest.param(UNCONDITIONAL, False, id="only-the-condition"),
    ],
)
def test_peers_get_the_constraints_of_the_contract(body: Mapping[str, Any], valid: bool) -> None:
    document = contract.load("contracts/openapi.yaml")
    matcher = stubs.wiremock(document, validating=True)["mappings"][0]["request"]["bodyPatterns"][0]
    bucket = stubs.mockoon(document, validating=True)["data"][0]["value"]
    partly = stubs.connexion(document)["paths"]["/v1/integrations/registries"]["post"]["requestBody"]["content"]

    for schema in (json.loads(matcher["matchesJsonSchema"]), json.loads(bucket)):
        assert jsonschema_rs.is_valid(schema, body) is valid
        assert "x-" not in json.dumps(list(schema["properties"].values()))
    # OpenAPI 3.0 has no conditions.
    assert jsonschema_rs.is_valid(partly["application/json"]["schema"], body) is (valid or body is UNCONDITIONAL)


def test_peers_that_validate_nothing_are_given_nothing_to_validate_with() -> None:
    document = contract.load("contracts/openapi.yaml")
    add = stubs.mockoon(document, validating=False)["routes"][0]["responses"]

    assert "bodyPatterns" not in stubs.wiremock(document, validating=False)["mappings"][0]["request"]
    assert [(response["statusCode"], response["rules"]) for response in add] == [(200, [])]


def test_every_peer_has_a_name_of_its_own() -> None:
    assert len({peer.name for peer in PEERS} | {"emulator", "bare"}) == len(PEERS) + 2


def entrant(program: Sequence[str], *, version: str | None = "1.0", interpreter: str = sys.executable) -> Peer:
    """A peer that claims to validate everything."""
    return Peer(
        "Entrant",
        "for this test",
        validates=Validates.ALL,
        interpreter=interpreter,
        installed=lambda: version,
        program=lambda _: Program("program", tuple(program), BARE.ready_path, patience_seconds=30),
    )


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        pytest.param(entrant([], version=None), "not installed: make bench-peers", id="not-installed"),
        pytest.param(entrant([], interpreter="/nowhere/java"), "needs java, which was not found", id="no-interpreter"),
        pytest.param(entrant(["-c", "raise SystemExit('no such option')"]), "no such option", id="does-not-start"),
    ],
)
def test_a_peer_that_cannot_be_started_is_left_out_with_the_reason(
    peer: Peer, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (section,) = peers(OPTIONS, [peer])

    assert (section.ours, section.rows) == ("Entrant", ())
    assert reason in section.about["skipped"]
    assert "Entrant is left out: " in capsys.readouterr().err


def test_a_peer_that_does_not_validate_as_it_says_is_left_out_and_ended(tmp_path: Path) -> None:
    started = tmp_path / "pid"
    program = f"""
import os, pathlib, runpy, sys
pathlib.Path({str(started)!r}).write_text(str(os.getpid()))
sys.argv[1:] = sys.argv[-1:]
runpy.run_path({BARE.arguments[0]!r}, run_name="__main__")
"""

    (section,) = peers(OPTIONS, [entrant(["-c", program, "{port}"])])

    assert section.about["skipped"] == "It should validate all, and validates nothing."
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def test_the_picture_of_the_readme_is_one_of_these() -> None:
    text = (ROOT / "docs/speed.svg").read_text("utf-8")
    drawing = ET.fromstring(text)  # noqa: S314 - we wrote it

    assert len(text.encode()) < 20_000
    assert drawing.get("width") == str(WIDTH)
    assert "northflank-emulator" in texts(drawing)
