"""Names and providers that have to be refused, each for one reason; what has to be accepted is in `bodies`."""

from __future__ import annotations

import json
from typing import Final, NamedTuple

from emulator.conformance.probes.valid import control, each, plain, provider, untried_providers, word
from emulator.conformance.probing import Stage, probe
from emulator.conformance.session import Session

_NO_PROVIDERS: Final = (
    ("ECR", "GitHub", "DockerHub"),
    ("", " ecr", "ecr\n"),
    ("ecr-public", "docker"),
    ("gcr", "quay", "gcr-eu"),
)
_ENOUGH: Final = 5
"""Differences after which no more names are tried: each of these costs a deletion."""


class Flaw(NamedTuple):
    """What is wrong with a name, and how it is made: `{0}` is a valid name, `{1}` a letter and more."""

    what: str
    form: str


# The first of each group lets a pattern that is nearly right show.
_FLAWED: Final = (
    (Flaw("a line break at the end of a name", "{0}\n"), Flaw("a space at the end of a name", "{0} ")),
    (Flaw("two hyphens in a row in a name", "{0}--{1}"), Flaw("a hyphen and a space in a row in a name", "{0}- {1}")),
    (Flaw("an underscore in a name", "{0}_{1}"),),
    (
        Flaw("U+0085, which ECMA-262 does not count as whitespace, in a name", "{0}\u0085{1}"),
        Flaw("a zero-width space in a name", "{0}\u200b{1}"),
    ),
    (
        Flaw("U+001C, which ECMA-262 does not count as whitespace, in a name", "{0}\u001c{1}"),
        Flaw("U+001F, which ECMA-262 does not count as whitespace, in a name", "{0}\u001f{1}"),
    ),
    (Flaw("a hyphen at the end of a name", "{0}-"), Flaw("U+FEFF at the end of a name", "{0}\ufeff")),
    (Flaw("two spaces in a row in a name", "{0}  {1}"), Flaw("CR and LF in a row in a name", "{0}\r\n{1}")),
    (
        # A letter to who asks Unicode, and to who compares without case; it has an ASCII form, for who looks for one.
        Flaw("the Kelvin sign in a name", "{0}\u212a{1}"),
        Flaw("a letter that is not ASCII in a name", "{0}é{1}"),
        Flaw("the long s in a name", "{0}\u017f{1}"),
        Flaw("a full-width letter in a name", "{0}ｗ{1}"),
        Flaw("an emoji in a name", "{0}😀{1}"),
    ),
    (Flaw("a digit that is not ASCII in a name", "{0}٣{1}"), Flaw("a raised digit in a name", "{0}²{1}")),
    (
        Flaw("a dot in a name", "{0}.{1}"),
        Flaw("a slash in a name", "{0}/{1}"),
        Flaw("an @ in a name", "{0}@{1}"),
        Flaw("a NUL in a name", "{0}\x00{1}"),
    ),
)
# Names that do not start with the prefix of the run cost one more request, for safety.
_FLAWED_AT_THE_START: Final = (
    (
        Flaw("a digit at the start of a name", "7{0}"),
        Flaw("an underscore at the start of a name", "_{0}"),
        Flaw("a space at the start of a name", " {0}"),
        Flaw("a hyphen at the start of a name", "-{0}"),
        Flaw("a letter that is not ASCII at the start of a name", "é{0}"),
        Flaw("U+FEFF at the start of a name", "\ufeff{0}"),
    ),
)


@probe("add.name.max-length", cost=3, stage=Stage.BODIES)
async def a_name_of_40_characters_is_refused(session: Session) -> None:
    await control(session)
    # Separators in it, for who counts without them; its first 39 characters are a name, for who cuts it off.
    name = f"{session.names.fresh()} {word(session, 40)}"[:35] + "-x yz"
    await session.refuses("add.name.max-length", plain(session, {"name": name}), what="a name of 40 characters")


@probe("add.name.min-length", cost=4, stage=Stage.BODIES)
async def a_name_of_2_characters_is_refused(session: Session) -> None:
    await control(session)
    name = session.names.fresh(length=3)[:2]
    await session.refuses("add.name.min-length", plain(session, {"name": name}), what="a name of 2 characters")


@probe("add.name.pattern", cost=len(_FLAWED) + 2 * len(_FLAWED_AT_THE_START) + 2, stage=Stage.BODIES)
async def names_that_the_pattern_does_not_match_are_refused(session: Session) -> None:
    await control(session)
    await each(session, (*_FLAWED, *_FLAWED_AT_THE_START), _refuse)


async def _refuse(session: Session, flaw: Flaw) -> None:
    if session.verdicts.of("add.name.pattern").differences < _ENOUGH:
        name = flaw.form.format(session.names.fresh(), word(session, 4))
        await session.refuses("add.name.pattern", plain(session, {"name": name}), what=flaw.what)


@probe("add.provider.one-of", cost=len(_NO_PROVIDERS) + 2, stage=Stage.BODIES)
async def the_providers_are_those_that_are_listed(session: Session) -> None:
    await control(session)
    while untried_providers(session):
        part = provider(session, bare=True)
        await session.accepts(part.rule, plain(session, part.changes), what=part.what)
    await each(session, _NO_PROVIDERS, _refuse_provider)


async def _refuse_provider(session: Session, name: str) -> None:
    what = f"the provider {json.dumps(name)}"
    await session.refuses("add.provider.one-of", plain(session, {"provider": name}), what=what)
