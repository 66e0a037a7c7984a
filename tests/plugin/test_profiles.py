"""`profile=` of the marker and of `northflank_options`: tests against what was learnt of a target."""

from __future__ import annotations

from tests.plugin.conftest import Project

PROFILE = """
from pathlib import Path

Path("profile.toml").write_text('''
format = 1
target = "api.example.com"
date = "2026-03-01"
[rules."add.duplicate-name"]
choice = "suffix"
date = "2026-03-01"
''')
"""
FOLLOWS = """
@pytest.mark.northflank(profile="profile.toml")
def test_follows(northflank):
    assert [add(northflank, "abc") for _ in range(2)] == ["abc", "abc-2"]
    assert northflank.assumptions_used == set()
    assert northflank.verified_used == {"add.duplicate-name": "live-verified, api.example.com, 2026-03-01"}
"""
AFTERWARDS = """
def test_z_does_not(northflank):
    add(northflank, "abc")
    with pytest.raises(ApiError):
        add(northflank, "abc")
"""
OVERRULES = """
@pytest.mark.northflank(profile="profile.toml", assume={"duplicate-name": "reject"})
def test_overrules(northflank):
    add(northflank, "abc")
    with pytest.raises(ApiError):
        add(northflank, "abc")
    assert "add.duplicate-name" in northflank.assumptions_used
"""


def test_a_marker_has_a_test_follow_a_profile_and_the_next_one_not(project: Project) -> None:
    project.passes(PROFILE + FOLLOWS + OVERRULES + AFTERWARDS, count=3)


def test_a_profile_that_is_none_fails_the_test_with_its_sentence(project: Project) -> None:
    project.test(FOLLOWS.replace("profile.toml", "missing.toml"))
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*northflank: profile: cannot read 'missing.toml'*"])
