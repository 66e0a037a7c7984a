"""The file of a profile: what it may hold, how it is written, and what is said of one that cannot be read."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from emulator.errors import InvalidSettingError
from emulator.profile import parse, read
from emulator.profiletext import differences, document, gaps, toml
from emulator.settings import Settings, load
from tests.calibration.profiles import CONTENT, TEXT, loaded, profile


def test_what_is_written_is_read_as_the_same(tmp_path: Path) -> None:
    assert loaded(tmp_path, toml(profile())) == profile()
    assert tomllib.loads(toml(profile())) == document(profile())


def test_the_same_profile_is_the_same_text_with_one_table_a_rule() -> None:
    shuffled = copy.deepcopy(CONTENT)
    shuffled["rules"] = dict(reversed(CONTENT["rules"].items()))
    text = toml(parse("profile", shuffled))
    assert text == toml(profile())
    assert text.startswith("# What a target does where the documentation is silent")
    table = '[rules."add.duplicate-name"]\nchoice = "suffix"\ndate = "2026-03-01"\nevidence = "sha256:000'
    assert table in text
    assert [line for line in text.splitlines() if line.startswith("[rules")] == [
        f'[rules."{rule}"]' for rule in sorted(CONTENT["rules"])
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('format = 1\ntarget = "x\ndate = 2', "line 2"),
        ("format = = 1", "line 1"),
        (TEXT.replace("format = 1", "format = 2"), "format: must be 1"),
        (TEXT.replace("format = 1", ""), "format: must be 1"),
        (TEXT.replace("target =", "host ="), "'host' is not known"),
        (TEXT.replace('"api.example.com"', "5"), "target: must be the host"),
        (TEXT.replace('"2026-03-01"\n[', '"March"\n['), "date: must be a day"),
        (TEXT.replace("duplicate-name", "duplicate-nam"), "did you mean add.duplicate-name"),
        (
            TEXT.replace("suffix", "prefix"),
            "rules.add.duplicate-name.choice: 'prefix' is not known; use reject or suffix",
        ),
        (TEXT.replace("choice =", "chioce ="), "'chioce' is not known; did you mean choice"),
        (f'{TEXT}evidence = "md5:1"', "rules.add.duplicate-name.evidence"),
        (f'{TEXT}[rules."add.name.type"]\nchoice = "kept"\ndate = "2026-03-01"', "'add.name.type' is not known"),
        (f"{TEXT}[errors.teapot]\nstatus = 418", "'teapot' is not known"),
        (f"{TEXT}[errors.json]\nstatus = 200", "errors.json.status: must be a status from 400 to 499"),
        (f"{TEXT}[errors.json]\nstatus = true", "errors.json.status"),
        (f'{TEXT}[errors.json]\nmessage = "Your {{password}}."', "errors.json.message: must be a text"),
        (f'{TEXT}[errors.json]\nmessage = "{{"', "errors.json.message"),
        (f'{TEXT}[errors.json]\nmessage = "a\\nb"', "errors.json.message"),
        (f'{TEXT}[errors.json]\ndetails = "odd"', "errors.json.details: 'odd' is not known"),
        (f'{TEXT}[errors.json]\nentries = ["a"]', "errors.json.entries: must be a list of 2 names"),
        (f'{TEXT}[errors.json]\nid = "two words"', "errors.json.id: must be one word"),
        (f"{TEXT}[errors]\njson = 5", "errors.json: must be a table"),
        (
            "".join(
                f'[rules."add.credentials.{member}.conditional"]\nchoice = "{choice}"\ndate = "2026-03-01"\n'
                for member, choice in (("username", "never"), ("password", "with-integration"))
            ).join([TEXT, ""]),
            "of the switch credentials-required",
        ),
    ],
)
def test_what_is_no_profile_is_refused_with_the_line_or_the_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidSettingError) as raised:
        loaded(tmp_path, text)
    assert "profile.toml" in str(raised.value)
    assert told in str(raised.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettingError, match="cannot read"):
        read("--profile", str(tmp_path / "missing.toml"))
    (tmp_path / "odd").write_bytes(b"\xff")
    with pytest.raises(InvalidSettingError, match="not UTF-8"):
        read("--profile", str(tmp_path / "odd"))


def test_flag_and_variable_load_it_and_what_is_assumed_overrules_it(tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(toml(profile()), "utf-8")
    by_flag = load({"profile": str(path)}, {})
    by_variable = load({}, {"NORTHFLANK_EMULATOR_PROFILE": str(path)})
    assert by_flag == by_variable == Settings(profile=profile())
    assert by_flag.assume.duplicate_name == "suffix"
    both = load({"profile": str(path), "assume": ["duplicate-name=reject"]}, {})
    assert (both.assume.duplicate_name, both.assume.constraint_status) == ("reject", "422")
    assert profile().overruled(both.assume) == ["duplicate-name"]
    assert "add.duplicate-name" not in profile().in_force(both.assume)


def changed(**rules: Any) -> Any:
    content: dict[str, Any] = copy.deepcopy(CONTENT)
    for rule, choice in rules.items():
        if choice is None:
            del content["rules"][rule]
        else:
            content["rules"][rule] = {"choice": choice, "date": "2026-11-24"}
    return parse("profile", content)


def test_what_changed_is_told_and_days_and_digests_do_not_count() -> None:
    assert differences(profile(), changed(**{"list.order": "newest-first"})) == []
    assert differences(profile(), changed(**{"list.order": "name"})) == [
        "list.order: was newest-first on 2026-03-01; now it is name."
    ]
    assert differences(profile(), changed(**{"list.order": None})) == []
    assert gaps(profile(), changed(**{"list.order": None})) == [
        "list.order: was newest-first on 2026-03-01; now it is not decided."
    ]
    assert gaps(profile(), changed(**{"delete.repeated": "success"})) == [
        "delete.repeated: success, which was not known before."
    ]
    other: dict[str, Any] = copy.deepcopy(CONTENT)
    other["errors"]["unknown-id"]["status"] = 404
    del other["errors"]["method"]
    assert differences(profile(), parse("profile", other)) == ["errors.unknown-id.status: was 410; now it is 404."]
    assert gaps(profile(), parse("profile", other)) == [
        'errors.method.message: was "Use {methods}."; now it is not known.',
        "errors.method.status: was 405; now it is not known.",
    ]
