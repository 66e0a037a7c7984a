"""The probes of what has to be refused whatever the resource is."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest

from emulator import Emulator
from emulator.conformance.probes import basics, errors, failures
from emulator.conformance.run import Report
from tests.conformance.probed import broken, probe_url, probed, told
from tests.mutants.access import DELETE, READ_SECRETS, UPDATE, Holder
from tests.mutants.lawful import LAWFUL, PlainErrors
from tests.mutants.paging import Item, Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError, serving

# Those of the basics leave credentials behind whose name is not their id.
MODULES: Final = (basics, errors)
SYNTAX, UNKNOWN, TOKEN = "common.json.syntax", "common.registry.unknown", "common.auth.token"
RULES: Final = (
    *(SYNTAX, UNKNOWN, TOKEN, "common.route.unknown", "common.route.method", "common.content-type"),
    *("common.body.size", "common.error.envelope"),
)


@pytest.mark.parametrize("seed", range(4))
async def test_the_emulator_keeps_every_rule_whatever_the_seed(seed: int) -> None:
    with Emulator() as emulator:
        report = await probe_url(emulator.url, *MODULES, seed=seed)
    assert broken(report) == set()
    outcomes = {rule: report.verdicts.of(rule).outcome for rule in RULES}
    assert outcomes == {**dict.fromkeys(RULES, "conforms"), "common.content-type": "chose"}
    assert report.used <= 44


@pytest.mark.parametrize("made", LAWFUL, ids=lambda made: made.__name__)
async def test_so_does_a_target_that_does_the_same_in_another_way(made: type[Target]) -> None:
    assert broken(await probed(made(), *MODULES, failures)) == set()


class DeletesWhatIsNotThere(Target):
    def delete(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return super().delete(call, shelf, wanted) if wanted in self.stored(shelf) else Answer(200, {"data": {}})


class ReadsByTheStart(Target):
    def get(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        alike = [name for name in self.stored(shelf) if name.startswith(wanted)]
        return super().get(call, shelf, alike[0] if alike else wanted)


class FindsByName(Target):
    def find(self, shelf: Shelf, wanted: str) -> Item:
        named = [item for item in self.stored(shelf).values() if item.fields["name"] == wanted]
        return named[0] if named else super().find(shelf, wanted)


class Repairs(Target):
    """Makes JSON of what is none."""

    pattern, by = rb"\Z", b""

    def parse(self, raw: bytes) -> Any:
        try:
            return super().parse(raw)
        except ValueError:
            return super().parse(re.sub(self.pattern, self.by, raw, count=0))


class ClosesBraces(Repairs):
    by = b"}"


class TakesNaN(Repairs):
    pattern, by = rb"NaN", b"0"


class StopsAtTheEnd(Target):
    def parse(self, raw: bytes) -> Any:
        return json.JSONDecoder().raw_decode(raw.decode())[0]


class TakesLatin1(Target):
    def parse(self, raw: bytes) -> Any:
        return super().parse(raw.decode("latin-1").encode())


class TakesTrailingCommas(Repairs):
    pattern, by = rb",\s*}", b"}"


class TakesComments(Repairs):
    pattern, by = rb"/\*.*?\*/", b""


class TakesPython(Target):
    def parse(self, raw: bytes) -> Any:
        try:
            return super().parse(raw)
        except ValueError:
            text = raw.decode("utf-8", "replace").replace("'", '"').replace("False", "false").replace("True", "true")
            return json.loads(text)


class TakesForms(Target):
    def check_kind(self, kind: str | None) -> None:
        """Take anything."""

    def parse(self, raw: bytes) -> Any:
        if raw.startswith(b"name="):
            fields = dict(pair.split("=") for pair in raw.decode().split("&"))
            return {**fields, "credentials": {"username": "u", "password": "p", "scope": {}}}
        return super().parse(raw)


class SaysWhatWasSent(Target):
    def read_body(self, call: Call) -> Any:
        self.sent = call.body
        return super().read_body(call)

    sent = b""

    def envelope(self, refusal: RefusedError) -> Any:
        refusal.text += f" It was {self.sent.decode(errors='replace')}"
        return super().envelope(refusal)


class ShowsWhereItFailed(Target):
    def envelope(self, refusal: RefusedError) -> Any:
        refusal.text += '\nTraceback (most recent call last):\n  File "/srv/app.py", line 12, in add'
        return super().envelope(refusal)


class ShowsItsStack(Target):
    def envelope(self, refusal: RefusedError) -> Any:
        answer = super().envelope(refusal)
        answer["error"]["stack"] = "Error: no\n    at Router.handle (/app/node_modules/router/index.js:12:7)"
        return answer


class OpenTo(Target):
    """One operation works without a token, in the account of whoever has asked last."""

    permission = READ_SECRETS
    last = Holder("nobody")

    def authenticate(self, call: Call, permission: str | None) -> Holder:
        if permission == self.permission and self.token_of(call) is None:
            return self.last
        self.last = super().authenticate(call, permission)
        return self.last


class OpenToUpdates(OpenTo):
    permission = UPDATE


class OpenToDeletions(OpenTo):
    permission = DELETE


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (DeletesWhatIsNotThere, UNKNOWN),
        (ReadsByTheStart, UNKNOWN),
        (FindsByName, UNKNOWN),
        (ClosesBraces, SYNTAX),
        (TakesNaN, SYNTAX),
        (StopsAtTheEnd, SYNTAX),
        (TakesLatin1, SYNTAX),
        (TakesTrailingCommas, SYNTAX),
        (TakesComments, SYNTAX),
        (TakesPython, SYNTAX),
        (TakesForms, SYNTAX),
        (SaysWhatWasSent, "common.error.envelope"),
        (ShowsWhereItFailed, "common.error.envelope"),
        (ShowsItsStack, "common.error.envelope"),
        (OpenTo, TOKEN),
        (OpenToUpdates, TOKEN),
        (OpenToDeletions, TOKEN),
    ],
)
async def test_a_defect_is_found_and_its_rule_named(made: type[Target], rule: str) -> None:
    assert rule in broken(await probed_with_slips(made()))


async def probed_with_slips(made: Target) -> Report:
    """Run the probes against a target that may have lost what they have to delete."""
    async with serving(made) as url:
        return await probe_url(url, *MODULES)


class Answers400(Target):
    def wrong_method(self, _allowed: str) -> RefusedError:
        return RefusedError(400, "path.method", "No.")


class ReadsText(Target):
    def check_kind(self, _kind: str | None) -> None:
        """Take anything."""


class RefusesLargeBodies(Target):
    def read_body(self, call: Call) -> Any:
        if len(call.body) > 1_000_000:
            raise RefusedError(400, "body.large", "Too much.")
        return super().read_body(call)


@pytest.mark.parametrize(
    ("made", "rule", "words"),
    [
        (Answers400, "common.route.method", "answered 400"),
        (PlainErrors, "common.route.unknown", "answered 410"),
        (ReadsText, "common.content-type", "read as JSON all the same"),
        (RefusesLargeBodies, "common.body.size", "answered 400"),
        (PlainErrors, "common.error.ids", "E-17"),
        (PlainErrors, "common.error.details", "no members"),
        (PlainErrors, "common.error.statuses", "An id that does not exist is answered 410"),
    ],
)
async def test_what_the_rule_only_assumes_is_told_and_is_no_difference(
    made: type[Target], rule: str, words: str
) -> None:
    report = await probed(made(), *MODULES, failures)
    assert broken(report) == set()
    assert words in told(report, rule)


async def test_a_body_of_a_mebibyte_is_not_sent_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "is_local", lambda _url: False)
    report = await probed(Target(), *MODULES)
    assert "on this machine only" in str(report.verdicts.of("common.body.size").why)
    assert max(len(exchange.sent or b"") for exchange in report.exchanges) < 10_000
