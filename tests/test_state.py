"""GET and PUT state: everything that is stored, out and in, exactly; what is broken is refused whole and explained."""

from __future__ import annotations

import json
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from emulator import Emulator, Settings
from emulator.behaviour import DEFAULT
from emulator.tenancy import account_name
from tests.conftest import EVERY_FIELD, REGISTRIES
from tests.contract_checker import CONTRACT, known
from tests.http_client import registries
from tests.strategies import JUNK, Path, nodes, replaced, valid_bodies, without
from tests.wire import Client

CREATE: Final[dict[str, Any]] = CONTRACT["components"]["schemas"]["RegistryCreate"]
STATE: Final = "/_emulator/state"
SECRET: Final = "canary-77ab"
TIME: Final = "2026-11-24T05:24:06.120Z"
UNICODE: Final = 'pä"ss\\w\n\u2028\U0001f512\x7f\x00'

STORED: Final[dict[str, Any]] = {"id": "every-field", "createdAt": TIME, "updatedAt": TIME, **EVERY_FIELD}
SMALL: Final[dict[str, Any]] = {"id": "abc", "createdAt": TIME, "updatedAt": TIME, "name": "abc", "provider": "ecr"}


def unshared(value: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which no two places share an object: a change of one is not one of the other."""
    copy: dict[str, Any] = json.loads(json.dumps(value))
    return copy


WHOLE: Final[dict[str, Any]] = unshared(
    {
        "format": "northflank-emulator-state",
        "version": 1,
        "template": {"credentials": [SMALL], "teams": {}},
        "accounts": {"acme": {"credentials": [SMALL, STORED], "teams": {"platform": [STORED]}}},
    }
)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """A running emulator whose state these tests replace."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    """Asks an emulator that is back in its start state."""
    emulator.reset()
    with Client(emulator.url, "t") as client:
        yield client


def put(client: Client, state: object) -> None:
    """Put a state that is to be accepted."""
    answer = client("PUT", STATE, state)
    assert answer.status == 200, answer.text


def export(client: Client) -> str:
    answer = client("GET", STATE)
    assert answer.status == 200
    return answer.text


def state_of(template: object = None, **accounts: object) -> dict[str, Any]:
    return {**WHOLE, "template": template or {"credentials": [], "teams": {}}, "accounts": accounts}


def gone(own: object, teams: object = None) -> dict[str, object]:
    return {"credentials": own, "teams": teams or {}}


def names_of(client: Client, path: str = REGISTRIES, *, token: str | None = None) -> list[str]:
    return [item["name"] for item in client("GET", path, token=token).json["data"]["credentials"]]


def times() -> SearchStrategy[str]:
    earliest, latest = datetime(1970, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)  # noqa: DTZ001
    instants = st.datetimes(earliest, latest, timezones=st.just(UTC))
    return instants.map(lambda time: time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z")


@st.composite
def stored(draw: st.DrawFn) -> dict[str, Any]:
    """What get answers for some credential: any valid id, which need not be the slug of the name."""
    body = known(draw(valid_bodies(CREATE)), CREATE)
    words = draw(
        st.lists(st.text(string.ascii_letters + string.digits, min_size=1, max_size=9), min_size=1, max_size=3)
    )
    identifier = f"{draw(st.sampled_from(string.ascii_letters))}{'-'.join(words)}a"[:39]
    return {**body, "id": identifier.ljust(3, "a"), "createdAt": draw(times()), "updatedAt": draw(times())}


LISTS: Final = st.lists(stored(), max_size=4, unique_by=lambda credential: credential["id"])
GONE: Final = st.sets(st.sampled_from(["abc", "gone", "a-b-c"]), min_size=1).map(sorted)


@st.composite
def accounts_held(draw: st.DrawFn) -> dict[str, Any]:
    """An account; in some, ids of deleted credentials are remembered."""
    teams = draw(st.dictionaries(st.text(), LISTS, max_size=2))
    account: dict[str, Any] = {"credentials": draw(LISTS), "teams": teams}
    gone = {name: draw(GONE) for name in teams if draw(st.booleans())}
    own = draw(st.just([]) | GONE)
    return account | ({"deleted": {"credentials": own, "teams": gone}} if own or gone else {})


ACCOUNTS: Final = accounts_held()
STATES: Final = st.builds(
    lambda template, accounts: state_of(template, **accounts),
    ACCOUNTS,
    st.dictionaries(st.text() | st.sampled_from(["", '"', "a\nb", "acme", "é", "\u2028"]), ACCOUNTS, max_size=3),
)


@given(state=STATES)
@settings(max_examples=settings().max_examples // 2)
def test_what_is_put_is_what_is_got_and_putting_that_changes_no_byte(emulator: Emulator, state: dict[str, Any]) -> None:
    with Client(emulator.url, "t") as client:
        put(client, state)
        first = export(client)
        assert json.loads(first) == state
        assert list(json.loads(first)["accounts"]) == list(state["accounts"])
        assert client("PUT", STATE, json.loads(first)).status == 200
        assert export(client) == first


SUFFIXES: Final = Settings(
    fixture="teams", assume=DEFAULT.choose({"duplicate-name": "suffix", "partial-update": "replace"})
)


def use(client: Client) -> None:
    """Do a bit of everything that changes what is stored."""
    for body in (
        EVERY_FIELD,
        {"name": "abc", "provider": "ecr"},
        {"name": "ABC", "provider": "gar", "credentials": {"username": "ü", "password": UNICODE, "scope": {}}},
        {"name": "to\u2003delete", "provider": "acr"},
        {"name": "a\nb", "provider": "legacy", "registryUrl": UNICODE, "restrictions": {"restricted": False}},
    ):
        assert client("POST", REGISTRIES, body).status == 200
        assert client("POST", registries("my/te am"), body, token="second").status == 200
    assert client("DELETE", f"{REGISTRIES}/to-delete").status == 200
    # Replaced whole, so that an integration is left without the password that adding one calls for.
    assert client("PATCH", f"{REGISTRIES}/every-field", {"credentials": {"scope": {"pull": True}}}).status == 200
    assert client("POST", registries("emptied"), {"name": "abc", "provider": "ecr"}).status == 200
    assert client("DELETE", registries("emptied", "abc")).status == 200
    assert client("GET", REGISTRIES, token="looker").status == 200


def test_a_state_that_came_about_by_use_is_the_same_in_another_emulator() -> None:
    with (
        Emulator(SUFFIXES) as one,
        Emulator() as other,
        Client(one.url, "first") as used,
        Client(other.url, "first") as fresh,
    ):
        use(used)
        state = export(used)
        assert fresh("PUT", STATE, json.loads(state)).status == 200

        assert export(fresh) == state
        for path in (REGISTRIES, f"{REGISTRIES}/abc-2", f"{REGISTRIES}/every-field", f"{REGISTRIES}/a-b"):
            answer = used("GET", path)
            assert answer.status == 200
            assert fresh("GET", path).json == answer.json
        path = registries("my/te am")
        assert fresh("GET", path, token="second").json == used("GET", path, token="second").json
        # A token that was never seen starts with the fixture there, and with its copy here.
        assert names_of(fresh, token="new") == names_of(used, token="new") != []

        accounts = json.loads(state)["accounts"]
        first = accounts[account_name("first")]
        assert [credential["id"] for credential in first["credentials"][2:]] == ["every-field", "abc", "abc-2", "a-b"]
        assert first["credentials"][4]["credentials"]["password"] == UNICODE
        changed = first["credentials"][2]
        assert changed["updatedAt"] > changed["createdAt"]
        assert first["teams"]["emptied"] == []
        assert "my/te am" in accounts[account_name("second")]["teams"]
        assert accounts[account_name("looker")] == json.loads(state)["template"]


REMEMBERING: Final = Settings(assume=DEFAULT.choose({"deleted-name": "taken", "repeated-delete": "success"}))


def test_what_is_remembered_of_deletions_is_in_the_state_of_accounts_and_teams() -> None:
    team = registries("team")
    with (
        Emulator(REMEMBERING) as one,
        Emulator(REMEMBERING) as other,
        Client(one.url, "t") as used,
        Client(other.url, "t") as fresh,
    ):
        for path, name in ((REGISTRIES, "old"), (REGISTRIES, "older"), (team, "theirs")):
            assert used("POST", path, {"name": name, "provider": "ecr"}).status == 200
            assert used("DELETE", f"{path}/{name}").status == 200
        state = export(used)
        held = json.loads(state)["accounts"][account_name("t")]
        assert held["deleted"] == {"credentials": ["old", "older"], "teams": {"team": ["theirs"]}}
        put(fresh, json.loads(state))
        assert export(fresh) == state
        for client in (used, fresh):
            assert client("DELETE", f"{REGISTRIES}/old").status == 200
            assert client("DELETE", f"{team}/theirs").status == 200
            assert client("DELETE", f"{team}/old").status == 404
            assert client("POST", REGISTRIES, {"name": "Older", "provider": "ecr"}).status == 409
            assert client("POST", team, {"name": "Older", "provider": "ecr"}).status == 200


def test_a_state_of_before_there_was_anything_remembered_still_loads(client: Client) -> None:
    put(client, WHOLE)
    assert json.loads(export(client)) == WHOLE
    assert "deleted" not in export(client)


def test_a_state_is_in_one_credential_a_line(client: Client) -> None:
    put(client, WHOLE)
    assert export(client).splitlines().count(json.dumps(SMALL, separators=(",", ":")) + ",") == 1


def test_a_state_that_was_put_is_as_alive_as_any(client: Client) -> None:
    put(client, state_of(**{account_name("t"): {"credentials": [SMALL, STORED], "teams": {}}}))
    taken = client("POST", REGISTRIES, {"name": "ABC", "provider": "ecr"})
    assert taken.status == 409
    assert client("PATCH", f"{REGISTRIES}/every-field", {"restrictions": {"restricted": False}}).status == 200
    assert client("POST", REGISTRIES, {"name": "new", "provider": "ecr"}).status == 200
    assert client("DELETE", f"{REGISTRIES}/abc").status == 200
    assert names_of(client) == ["Every Field", "new"]
    assert client("GET", f"{REGISTRIES}/every-field").json["data"]["updatedAt"] > TIME


def test_a_state_takes_the_place_of_everything_and_reset_that_of_the_state(client: Client) -> None:
    client("POST", REGISTRIES, {"name": "earlier", "provider": "ecr"})
    put(client, state_of({"credentials": [SMALL], "teams": {}}))
    assert names_of(client) == ["abc"]
    assert client("POST", "/_emulator/reset").status == 200
    assert names_of(client) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("2026-11-24T05:24:06Z", "2026-11-24T05:24:06.000Z", id="without-fraction"),
        pytest.param("2026-11-24t05:24:06.1z", "2026-11-24T05:24:06.100Z", id="small-letters"),
        pytest.param("2026-11-24T05:24:06.1239999+01:30", "2026-11-24T03:54:06.123Z", id="offset-and-cut-off"),
        pytest.param("1969-12-31T23:59:59-00:01", "1970-01-01T00:00:59.000Z", id="earliest-by-its-offset"),
        pytest.param("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", id="latest"),
    ],
)
def test_a_time_of_any_spelling_is_kept_in_utc_with_milliseconds(client: Client, given: str, kept: str) -> None:
    put(client, state_of({"credentials": [{**SMALL, "createdAt": given}], "teams": {}}))
    assert json.loads(export(client))["template"]["credentials"][0]["createdAt"] == kept


FIRST: Final[Path] = ("accounts", "acme", "credentials", 0)
SECOND: Final[Path] = ("accounts", "acme", "credentials", 1)
IN_TEAM: Final[Path] = ("accounts", "acme", "teams", "platform", 0)


@pytest.mark.parametrize(
    ("path", "value", "place", "words"),
    [
        pytest.param(("format",), "other", "format", "northflank-emulator-state", id="foreign"),
        pytest.param((), ["x"], "format", "northflank-emulator-state", id="no-object"),
        pytest.param(("version",), 2, "version", "newer emulator", id="newer"),
        pytest.param(("version",), True, "version", "Must be 1", id="version-of-another-type"),
        pytest.param(("version",), 0, "version", "Must be 1", id="version-that-never-was"),
        pytest.param(("more",), SECRET, 'state["more"]', "there are format, version, template", id="unknown-key"),
        pytest.param(("template",), None, "template", "object with credentials and teams", id="template-null"),
        pytest.param(("accounts",), [], "accounts", "Must be an object", id="accounts-no-object"),
        pytest.param(("accounts", "é"), None, 'accounts["\\u00e9"]', "Must be an object", id="account-null"),
        pytest.param(("template", "x"), 1, 'template["x"]', "there are credentials, teams", id="account-unknown-key"),
        pytest.param(("template", "deleted"), [], "template.deleted", "Must be an object", id="deleted-no-object"),
        pytest.param(
            ("template", "deleted"), gone(5), "template.deleted.credentials", "an array of ids", id="deleted-no-array"
        ),
        pytest.param(
            ("template", "deleted"),
            gone(["abc", "A_"]),
            "template.deleted.credentials[1]",
            "min-length",
            id="deleted-id",
        ),
        pytest.param(
            ("template", "deleted"),
            gone([], {"x": [""]}),
            'template.deleted.teams["x"][0]',
            "min-length",
            id="deleted-id-of-a-team",
        ),
        pytest.param(("template", "teams"), [], "template.teams", "Must be an object", id="teams-no-object"),
        pytest.param(
            ("template", "credentials"), {}, "template.credentials", "Must be an array", id="credentials-no-array"
        ),
        pytest.param(
            ("template", "teams", "a b"), None, 'template.teams["a b"]', "Must be an array", id="team-no-array"
        ),
        pytest.param((*FIRST,), SECRET, 'accounts["acme"].credentials[0]', "add.body.type", id="entry-no-object"),
        pytest.param(
            (*IN_TEAM, "name"), "x", 'accounts["acme"].teams["platform"][0].name', "add.name.min-length", id="in-team"
        ),
        pytest.param(
            (*SECOND, "credentials", "scope", "pull"),
            SECRET,
            'accounts["acme"].credentials[1].credentials.scope.pull',
            "add.credentials.scope.pull.type",
            id="deep",
        ),
        pytest.param(
            (*SECOND, "restrictions", "projects", 1),
            1,
            'accounts["acme"].credentials[1].restrictions.projects[1]',
            "add.restrictions.projects.item-type",
            id="item",
        ),
        pytest.param((*FIRST, "id"), 1, 'accounts["acme"].credentials[0].id', "add.response.id.type", id="id-type"),
        pytest.param((*FIRST, "id"), None, 'accounts["acme"].credentials[0].id', "response.id.type", id="id-null"),
        pytest.param((*FIRST, "id"), "ab", 'accounts["acme"].credentials[0].id', "id.min-length", id="id-too-short"),
        pytest.param((*FIRST, "id"), "a" * 40, 'accounts["acme"].credentials[0].id', "id.max-length", id="id-too-long"),
        pytest.param((*FIRST, "id"), "a--b", 'accounts["acme"].credentials[0].id', "id.pattern", id="id-pattern"),
        pytest.param((*FIRST, "id"), "abc\n", 'accounts["acme"].credentials[0].id', "id.pattern", id="id-newline"),
        pytest.param((*SECOND, "id"), "abc", 'accounts["acme"].credentials[1].id', "earlier credential", id="id-twice"),
        pytest.param(
            (*FIRST, "secret"), SECRET, 'accounts["acme"].credentials[0]["secret"]', "there are id, name", id="unknown"
        ),
        pytest.param(
            (*SECOND, "aws", "zone"),
            SECRET,
            'accounts["acme"].credentials[1].aws["zone"]',
            "there are region.",
            id="deep-unknown",
        ),
        pytest.param(
            (*FIRST, "createdAt"), None, 'accounts["acme"].credentials[0].createdAt', "a string", id="time-null"
        ),
        pytest.param(
            (*FIRST, "updatedAt"),
            "2026-11-24 05:24:06Z",
            'accounts["acme"].credentials[0].updatedAt',
            "RFC 3339",
            id="time-with-a-space",
        ),
        *(
            pytest.param((*FIRST, "createdAt"), text, 'accounts["acme"].credentials[0].createdAt', "RFC 3339", id=text)
            for text in (
                *("2026-11-24", "2026-11-24T05:24:06", "20261124T052406Z", "2026-W48-2T05:24:06Z", SECRET, ""),
                *("2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z", "2026-11-24T05:24:60Z", "2026-11-24T05:24:06Z\n"),
                *("1969-12-31T23:59:59Z", "9999-12-31T23:59:59-00:01", "２026-11-24T05:24:06Z"),
            )
        ),
    ],
)
def test_a_broken_state_is_refused_with_place_and_rule_and_changes_nothing(
    client: Client, path: Path, value: object, place: str, words: str
) -> None:
    before = some_state(client)

    answer = client("PUT", STATE, replaced(WHOLE, path, value))

    assert answer.status == 400
    assert answer.error["id"] == "invalid-state"
    assert list(answer.details) == [place]
    assert words in answer.details[place][0]
    assert place in answer.error["message"]
    assert SECRET not in answer.text
    assert export(client) == before


@pytest.mark.parametrize(
    ("path", "place"),
    [
        pytest.param(("format",), "format", id="format"),
        pytest.param(("version",), "version", id="version"),
        pytest.param(("template",), "state.template", id="template"),
        pytest.param(("accounts",), "state.accounts", id="accounts"),
        pytest.param(("template", "credentials"), "template.credentials", id="credentials"),
        pytest.param(("template", "teams"), "template.teams", id="teams"),
        *(
            pytest.param((*FIRST, member), f'accounts["acme"].credentials[0].{member}', id=member)
            for member in ("id", "name", "provider", "createdAt", "updatedAt")
        ),
    ],
)
def test_a_state_that_lacks_something_is_refused(client: Client, path: Path, place: str) -> None:
    before = some_state(client)
    answer = client("PUT", STATE, without(WHOLE, path))
    assert answer.status == 400
    assert list(answer.details) == [place]
    assert export(client) == before


def some_state(client: Client) -> str:
    """Store something and return the state."""
    assert client("POST", REGISTRIES, EVERY_FIELD).status == 200
    return export(client)


def test_an_empty_object_lacks_all_that_a_credential_needs(client: Client) -> None:
    answer = client("PUT", STATE, replaced(WHOLE, FIRST, {}))
    assert answer.status == 400
    assert {place.rpartition(".")[2] for place in answer.details} == {
        *("id", "name", "provider", "createdAt", "updatedAt")
    }


def test_all_problems_are_told_up_to_20_and_the_others_are_counted(client: Client) -> None:
    wrong = [{**SMALL, "id": f"id-{number}", "name": SECRET + "!", "provider": SECRET} for number in range(15)]
    answer = client("PUT", STATE, state_of({"credentials": wrong, "teams": {}}, acme=None))
    assert answer.status == 400
    assert sum(map(len, answer.details.values())) == 20
    assert "And 11 more." in answer.error["message"]
    assert SECRET not in answer.text


def test_a_key_that_is_no_name_is_clipped_in_messages(client: Client) -> None:
    answer = client("PUT", STATE, state_of(**{"k" * 1000: None}))
    assert answer.status == 400
    assert "k" * 40 in answer.text
    assert "k" * 41 not in answer.text


@given(data=st.data(), state=STATES)
@settings(max_examples=settings().max_examples // 2)
def test_a_state_with_one_part_spoilt_is_put_whole_or_not_at_all(
    emulator: Emulator, data: st.DataObject, state: dict[str, Any]
) -> None:
    path = data.draw(st.sampled_from(list(nodes(state))))
    spoilt = replaced(state, path, data.draw(st.sampled_from(JUNK)))
    with Client(emulator.url, "t") as client:
        put(client, WHOLE)
        before = export(client)

        answer = client("PUT", STATE, spoilt)

        assert answer.status in {200, 400}
        if answer.status == 400:
            assert answer.details
            assert export(client) == before
        else:
            # Only a value that was as good as the other, such as another string: it is all there.
            assert json.loads(export(client)) == spoilt
