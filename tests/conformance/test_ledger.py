"""The ledger: what is written before a creation, and what can be told from it after a kill."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from emulator.conformance.ledger import Entry, Ledger, Place, default_path, digest, made_token
from emulator.errors import InvalidSettingError

URL = "https://api.example"
PREFIX = "nfc-k3x9q2"


def new(path: Path) -> Ledger:
    return Ledger.open(path, url=URL, prefix=PREFIX, tokens={"main": "token-canary-main"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "ledger.jsonl"


def read(path: Path) -> Ledger:
    """Read a ledger and let go of it."""
    ledger = Ledger.read(path)
    ledger.close()
    return ledger


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_first_line_tells_the_run_and_no_token(path: Path) -> None:
    new(path).close()

    header = lines(path)[0]
    assert {"ledger", "url", "prefix", "started", "version", "tokens"} == header.keys()
    assert (header["url"], header["prefix"]) == (URL, PREFIX)
    assert "canary" not in path.read_text(encoding="utf-8")


def test_only_the_user_may_read_it(path: Path) -> None:
    new(path).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_creation_is_in_the_file_before_it_is_sent(path: Path) -> None:
    ledger = new(path)
    ledger.created_soon("nfc-k3x9q2 One", "team-1", "other")

    assert lines(path)[1] == {
        "creating": "nfc-k3x9q2 One",
        "slug": "nfc-k3x9q2-one",
        "team": "team-1",
        "account": "other",
    }
    ledger.close()


def test_a_creation_is_on_the_disk_before_it_is_sent(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = new(path)
    synced: list[bytes] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        synced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    ledger.created_soon("nfc-k3x9q2-000")
    assert [b"nfc-k3x9q2-000" in content for content in synced] == [True]
    ledger.created("abc", "abc")
    assert b'"created": "abc"' in synced[-1], "nothing else says that an id without the prefix is ours"
    ledger.close()


def test_what_is_left_is_what_was_created_and_not_deleted_and_what_was_not_answered(path: Path) -> None:
    ledger = new(path)
    for name in ("nfc-k3x9q2 a", "nfc-k3x9q2 b", "nfc-k3x9q2 c", "nfc-k3x9q2 d", "nfc-k3x9q2 e"):
        ledger.created_soon(name)
    ledger.created("nfc-k3x9q2-a", "nfc-k3x9q2 a")
    ledger.created("nfc-k3x9q2-b", "nfc-k3x9q2 b")
    ledger.created("other-id", "nfc-k3x9q2 c")
    ledger.deleted("nfc-k3x9q2-a")
    ledger.refused("nfc-k3x9q2 d")
    expected = [
        Entry("other-id", "nfc-k3x9q2 c", Place()),
        Entry("nfc-k3x9q2-b", "nfc-k3x9q2 b", Place()),
        Entry(None, "nfc-k3x9q2 e", Place()),
    ]

    assert ledger.left() == expected
    ledger.close()
    assert read(path).left() == expected


def test_equal_names_and_ids_in_other_places_are_kept_apart(path: Path) -> None:
    ledger = new(path)
    places = [Place(), Place("team-1"), Place("team-2"), Place(None, "other"), Place("team-1", "other")]
    for place in places:
        ledger.created_soon("nfc-k3x9q2-a", *place)
        ledger.created("nfc-k3x9q2-a", "nfc-k3x9q2-a", *place)
    ledger.deleted("nfc-k3x9q2-a", "team-1")

    assert {entry.place for entry in ledger.left()} == {*places} - {Place("team-1")}
    assert set(ledger.places()) == set(places), "one where all is deleted may have what no line tells"
    ledger.close()


def test_two_creations_of_one_name_are_two(path: Path) -> None:
    ledger = new(path)
    ledger.created_soon("nfc-k3x9q2-a")
    ledger.created_soon("nfc-k3x9q2-a")
    ledger.created("nfc-k3x9q2-a", "nfc-k3x9q2-a")
    ledger.deleted("nfc-k3x9q2-a")

    assert ledger.left() == [Entry(None, "nfc-k3x9q2-a", Place())]
    ledger.close()


@pytest.mark.parametrize("name", [None, 7, ["a"], {"a": 1}, "\ud800", "a\nb\u2028c\x00", ""], ids=repr)
def test_whatever_stands_in_the_place_of_a_name_can_be_noted(path: Path, name: object) -> None:
    ledger = new(path)
    ledger.created_soon(name)
    ledger.created("nfc-k3x9q2-a", name)
    ledger.created_soon(name)
    ledger.close()

    noted = name if isinstance(name, str) else None
    assert read(path).left() == [Entry("nfc-k3x9q2-a", noted, Place()), Entry(None, noted, Place())]


def test_any_part_of_the_last_line_may_be_missing(path: Path) -> None:
    ledger = new(path)
    ledger.created_soon("nfc-k3x9q2-a")
    ledger.created("nfc-k3x9q2-a", "nfc-k3x9q2-a")
    before = path.stat().st_size
    ledger.created_soon("nfc-k3x9q2-b")
    ledger.close()
    whole = path.read_bytes()

    for size in range(before, len(whole)):
        path.write_bytes(whole[:size])
        torn = Ledger.read(path)
        assert torn.left() == [Entry("nfc-k3x9q2-a", "nfc-k3x9q2-a", Place())]
        torn.deleted("nfc-k3x9q2-a")
        torn.close()
        assert read(path).left() == []
        assert len(lines(path)) == 4


def test_a_run_that_was_killed_in_its_first_line_had_created_nothing(path: Path) -> None:
    new(path).close()
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        ledger = read(path)
        assert ledger.finished
        assert not ledger.carries_prefix("anything")
    new(path).close()
    assert len(lines(path)) == 1


def test_what_carries_the_prefix_starts_with_it(path: Path) -> None:
    ledger = new(path)
    ledger.close()

    for ours in ("nfc-k3x9q2", "nfc-k3x9q2-000", "NFC-K3X9Q2 000", "nfc-k3x9q2x"):
        assert ledger.carries_prefix(ours)
    for not_ours in ("nfc-k3x9q", "nfc-k3x9q3-000", "my-nfc-k3x9q2", " nfc-k3x9q2", "", None, 7):
        assert not ledger.carries_prefix(not_ours)


def test_the_ledger_of_a_run_that_may_have_left_something_is_not_overwritten(path: Path) -> None:
    ledger = new(path)
    ledger.created_soon("nfc-k3x9q2-a")
    ledger.close()
    before = path.read_bytes()

    with pytest.raises(InvalidSettingError, match=r"may have left something; .*check --clean-up .*ledger\.jsonl"):
        new(path)
    assert path.read_bytes() == before


def test_a_finished_ledger_gives_way_to_that_of_the_next_run(path: Path) -> None:
    ledger = new(path)
    ledger.created_soon("nfc-k3x9q2-a")
    ledger.finish()
    assert ledger.left() == []
    ledger.close()
    assert read(path).finished

    new(path).close()
    assert len(lines(path)) == 1


def test_a_closed_ledger_can_be_removed(path: Path) -> None:
    ledger = new(path)
    ledger.close(remove=True)
    ledger.close()

    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("[]\n", id="no-header"),
        pytest.param('{"a": 1}\n', id="another-object"),
        pytest.param('{"ledger": 1, "url": "https://x", "prefix": ""}\n', id="no-prefix"),
        pytest.param("my notes\n", id="no-json"),
        pytest.param('{"ledger": 2, "url": "https://x", "prefix": "nfc-abcdef"}\n', id="of-the-future"),
        pytest.param('{"ledger": 1, "url": "https://x", "prefix": "nfc-abcdef"}\n{"made": "a"}\n', id="no-event"),
        pytest.param('{"ledger": 1, "url": "https://x", "prefix": "nfc-abcdef"}\n{"deleted": 7}\n', id="no-id"),
    ],
)
def test_what_is_no_ledger_is_refused_and_stays_as_it_is(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")

    with pytest.raises(InvalidSettingError, match="--ledger: "):
        read(path)
    with pytest.raises(InvalidSettingError, match="--ledger: "):
        new(path)
    assert path.read_text(encoding="utf-8") == content


def test_there_is_no_ledger_where_there_is_no_file(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Ledger.read(path)


def test_where_no_file_can_be_made_the_option_is_named(path: Path) -> None:
    path.parent.write_text("a file", encoding="utf-8")

    with pytest.raises(InvalidSettingError, match=r"--ledger: .* cannot be (made|opened): .*; name another file"):
        new(path)


def test_a_folder_is_no_ledger(path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(InvalidSettingError, match="cannot be opened"):
        new(path)


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system has no such flag")
def test_a_link_that_somebody_put_there_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InvalidSettingError):
        new(path)
    assert not (tmp_path / "elsewhere").exists()


def test_on_a_full_disk_nothing_is_noted_by_half(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = new(path)
    before = path.read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, text: write(descriptor, text[:20]))
    with pytest.raises(InvalidSettingError, match=os.strerror(errno.ENOSPC)):
        ledger.created_soon("nfc-k3x9q2-a")
    monkeypatch.undo()

    assert path.read_bytes() == before
    ledger.created_soon("nfc-k3x9q2-b")
    assert ledger.left() == [Entry(None, "nfc-k3x9q2-b", Place())], "what could not be noted was not sent either"
    ledger.close()


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is locked there")
def test_a_clean_up_does_not_begin_before_the_run_has_ended(path: Path) -> None:
    ledger = new(path)
    with pytest.raises(InvalidSettingError, match="belongs to a run that is still going"):
        Ledger.read(path)
    with pytest.raises(InvalidSettingError, match="belongs to a run that is still going"):
        new(path)
    ledger.close()

    program = (
        "import sys; from pathlib import Path; from emulator.conformance.ledger import Ledger\n"
        f"ledger = Ledger.read(Path({str(path)!r})); print('open', flush=True); sys.stdin.read()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(InvalidSettingError, match="still going"):
            Ledger.read(path)
        process.kill()
    read(path)


def test_a_digest_tells_tokens_apart_and_is_too_short_to_tell_one() -> None:
    digests = {digest(PREFIX, f"token-{number}") for number in range(100)}

    assert {len(each) for each in digests} == {4}
    assert len(digests) > 90
    assert digest(PREFIX, "token-1") != digest("nfc-another", "token-1")


def test_accounts_that_come_into_play_later_are_noted_without_their_token(path: Path) -> None:
    ledger = new(path)
    ledger.uses("other", "token-canary-other")
    ledger.close()

    assert read(path).header.tokens == {
        "main": digest(PREFIX, "token-canary-main"),
        "other": digest(PREFIX, "token-canary-other"),
    }
    assert "canary" not in path.read_text(encoding="utf-8")


def test_made_tokens_are_the_same_each_time_and_one_an_account() -> None:
    assert made_token(PREFIX) == made_token(PREFIX)
    assert len({made_token(PREFIX), made_token(PREFIX, "other"), made_token("nfc-another")}) == 3


def test_ledgers_are_kept_in_the_users_folder_for_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    name = Path("northflank-emulator") / "ledgers" / f"{PREFIX}.jsonl"
    at_home = tmp_path / "home" / ".local" / "state" / name

    assert default_path(PREFIX, {"XDG_STATE_HOME": str(tmp_path)}) == tmp_path / name
    assert default_path(PREFIX, {}) == at_home
    assert default_path(PREFIX, {"XDG_STATE_HOME": "relative"}) == at_home


def test_without_a_home_a_file_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_: type[Path]) -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", classmethod(nowhere))
    with pytest.raises(InvalidSettingError, match="--ledger: there is no home folder"):
        default_path(PREFIX, {})
