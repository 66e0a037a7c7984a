"""Bodies of add that have to be accepted, and those with one fault that have to be refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from emulator.conformance.probes.valid import (
    LEFT_OUT,
    OPTIONAL,
    PROVIDERS,
    UNKNOWN_INTEGRATION,
    Part,
    accept,
    accepted,
    add_parts,
    control,
    each,
    integration,
    plain,
    provider,
    refuses_every,
    word,
)
from emulator.conformance.probing import Skip, Stage, probe
from emulator.conformance.session import Session

# Whitespace of ECMA-262 that other readings of `\s` lack, or that takes more than one byte.
_LINE_BREAK: Final = "\n\t"
_WIDE: Final = "\u00a0\u2003\u3000"
_BYTE_ORDER_MARK: Final = "\ufeff"

_EMPTY: Final = [
    Part(f"add.{path}.type", f"an empty text as {path}", {path: ""})
    for path in ("registryUrl", "aws.region", "gcp.projectId", "azure.resourceGroup")
]
_ANY_TIME: Final = [
    Part(f"add.{path}.type", f"a text that is no time as {path}", {path: "yesterday"})
    for path in ("createdAt", "updatedAt")
]
_WITHOUT_MEMBERS: Final = [
    Part(f"add.{path}.type", f"{{}} as {path}", {path: {}}) for path in ("aws", "gcp", "azure", "credentials.scope")
]
_LONG: Final = Part("add.registryUrl.type", "a registryUrl of 10,000 characters", {"registryUrl": "x" * 10_000})
_FOREIGN: Final = [
    Part("add.aws.region.type", "a text of any characters", {"aws.region": ' Ä\r\n"\\\u2028😀 A\u030a ﬁ ① '}),
    Part("add.gcp.projectId.type", "a text that is written as a number", {"gcp.projectId": "1.50"}),
    Part("add.azure.resourceGroup.type", "the text null", {"azure.resourceGroup": "null"}),
]
# What comes back as something else where it was read as a number, a word of YAML or a part of a URL on its way.
_ORDINARY: Final = [
    Part("add.gcp.projectId.type", "digits in a text", {"gcp.projectId": "123456789012"}),
    Part("add.azure.resourceGroup.type", "digits that begin with zeros", {"azure.resourceGroup": "0071"}),
    Part("add.aws.region.type", "the text true", {"aws.region": "true"}),
    Part(
        "add.registryUrl.type",
        "escapes in a registryUrl",
        {"registryUrl": "https://registry.example.com/%41%2Fb/?c=+%20&amp;d=%25#<e>"},
    ),
]
_PROJECTS: Final = Part(
    "add.restrictions.projects.type",
    "a list of projects",
    {"restrictions": {"restricted": True, "projects": ["zeta-project", "Ünder_1 /%41x", "0042", "alpha"]}},
    unless="common.unknown-project",
)


@probe(
    *("add.provider.one-of", "add.name.pattern", "add.integrationId.pattern", UNKNOWN_INTEGRATION),
    *(f"add.{member}.type" for member in OPTIONAL),
    cost=4,
    stage=Stage.BODIES,
)
async def an_ordinary_body_with_every_optional_member_is_accepted(session: Session) -> None:
    """One form of integration ids is in it, the two others are in the bodies behind; all come here if it is refused."""
    capitals = f"{session.names.fresh()} Ab-{word(session, 3)} 9"
    parts = [Part("add.name.pattern", "a name with capitals", {"name": capitals}), provider(session), *_ORDINARY]
    exchange = await add_parts(session, [*parts, integration(session, 0)])
    known = session.model.of(exchange)
    if known is not None:
        known.reusable = True
    elif not accepted(exchange):
        try:
            await accept(session, parts)
        except Skip:
            await _find_what_is_refused(session)
            raise
        await _tell_integrations(session)


async def _find_what_is_refused(session: Session) -> None:
    """Name what has to be taken out of a plain body, so that it is accepted after all."""
    for member in ("restrictions.projects", *OPTIONAL):
        exchange = await session.add(plain(session, {member: LEFT_OUT}))
        if accepted(exchange):
            expected, got = f"a body with {member} is accepted", "only bodies without it are"
            session.verdicts.differ(f"add.{member}.type", exchange, expected=expected, got=got)
            return
    refused = plain(session)["provider"]
    for name in PROVIDERS:
        exchange = await session.add(plain(session, {"provider": name}))
        if accepted(exchange):
            expected, got = f"the provider {refused} is accepted", f"{name} is, and not {refused}"
            session.verdicts.differ("add.provider.one-of", exchange, expected=expected, got=got)
            return


async def _tell_integrations(session: Session) -> None:
    refused = []
    for form in range(3):
        part = integration(session, form)
        exchange = await session.add(plain(session, part.changes))
        if accepted(exchange):
            session.verdicts.agree(part.rule, exchange)
            session.verdicts.choose(UNKNOWN_INTEGRATION, "accept", exchange)
            break
        refused.append((part, exchange))
    else:
        session.verdicts.choose(UNKNOWN_INTEGRATION, "reject", refused[0][1])
        session.verdicts.skip("add.integrationId.pattern", "the target refuses every integration id that was tried")
        return
    for part, exchange in refused:
        session.verdicts.differ(part.rule, exchange, expected=f"{part.what} is accepted", got=exchange.outcome)


@probe(
    *("add.name.min-length", "add.name.pattern", "add.provider.one-of", "add.restrictions.type"),
    *(part.rule for part in _WITHOUT_MEMBERS),
    cost=3,
    stage=Stage.BODIES,
)
async def the_shortest_name_and_objects_without_members_are_accepted(session: Session) -> None:
    shortest = session.names.fresh(length=3)
    parted = f"{shortest[0]}-{session.names.fresh()}"
    parts = [
        Part("add.name.min-length", "a name of 3 characters", {"name": shortest}),
        Part("add.name.pattern", "a separator behind the first letter of a name", {"name": parted}),
        provider(session),
        *_WITHOUT_MEMBERS,
        *_secrets("digits", _digits(session), f"00{_digits(session)}"),
        Part("add.restrictions.type", "restrictions without projects", {"restrictions": {"restricted": True}}),
    ]
    await accept(session, parts, {"name": f"{shortest[0]}-{shortest[2]}"})


@probe(
    *("add.name.max-length", "add.name.pattern", "add.provider.one-of"),
    *("add.restrictions.projects.type", "common.unknown-project", "add.registryUrl.type"),
    *(part.rule for part in _FOREIGN),
    *("add.credentials.username.type", "add.credentials.password.type"),
    cost=2,
    stage=Stage.BODIES,
)
async def the_longest_name_every_kind_of_whitespace_foreign_texts_and_projects_are_accepted(session: Session) -> None:
    secret = session.names.secret
    odd = session.random.sample(_LINE_BREAK + _WIDE + _BYTE_ORDER_MARK, 6)
    longest = "".join([session.names.fresh(), *(f"{character}{word(session, 2)}" for character in odd)])
    longest += word(session, 39 - len(longest))
    parts = [
        Part("add.name.max-length", "a name of 39 characters", {"name": session.names.fresh(length=39)}),
        *(
            Part("add.name.pattern", f"{what} in a name", {"name": _joined(session, characters)})
            for what, characters in (
                ("a line break and a tab", _LINE_BREAK),
                ("U+00A0, U+2003 and U+3000", _WIDE),
                ("U+FEFF", _BYTE_ORDER_MARK),
            )
        ),
        provider(session),
        *_integration(session, 1),
        _LONG,
        *_FOREIGN,
        *_secrets("any characters", f"{secret('üser')} 名", f" {secret('pass')}\n\t\"'\\é "),
        _PROJECTS,
    ]
    known = await accept(session, parts, {"name": longest})
    if known is not None:
        known.reusable = True


def _secrets(what: str, user: str, password: str) -> list[Part]:
    return [
        Part("add.credentials.username.type", f"a username of {what}", {"credentials.username": user}),
        Part("add.credentials.password.type", f"a password of {what}", {"credentials.password": password}),
    ]


def _digits(session: Session) -> str:
    return "".join(session.random.choices("123456789", k=13))


def _integration(session: Session, form: int) -> list[Part]:
    return [] if refuses_every(session, UNKNOWN_INTEGRATION) else [integration(session, form)]


def _joined(session: Session, separators: str) -> str:
    return session.names.fresh() + "".join(f"{separator}{word(session, 2)}" for separator in separators)


@probe("add.provider.one-of", *(part.rule for part in (*_EMPTY, *_ANY_TIME)), cost=2, stage=Stage.BODIES)
async def empty_texts_and_times_of_any_form_are_accepted(session: Session) -> None:
    user, password = (f"{session.names.secret(hint)}%41%2B+%&amp;<b>$x{{y}}" for hint in ("user", "pass"))
    secrets = _secrets("escapes and markup", user, f"{password}  ")
    await accept(session, [provider(session), *_EMPTY, *_ANY_TIME, *secrets, *_integration(session, 2)])


class Fault(NamedTuple):
    """A body of add with one fault; `make` gets a body that is accepted."""

    rule: str
    what: str
    make: Callable[[dict[str, Any]], Any]


_NO_OBJECTS: Final = (
    (Fault("add.body.type", "an array with a body in it", lambda body: [body]),),
    (
        Fault("add.body.type", "null", lambda _: None),
        Fault("add.name.required", "an object without members", lambda _: {}),
        Fault("add.body.type", "a number", lambda _: 5),
        Fault("add.body.type", "a body as JSON in a text", json.dumps),
    ),
)
_MISSING: Final[Mapping[str, Mapping[str, Any]]] = {
    "name": {"name": LEFT_OUT},
    "provider": {"provider": LEFT_OUT},
    "credentials.scope": {"credentials.scope": LEFT_OUT},
    "restrictions.restricted": {"restrictions": {}},
}
"""Changes to a plain body by the required member that they take away."""


@probe("add.body.type", "add.name.required", "common.json.syntax", cost=len(_NO_OBJECTS) + 3, stage=Stage.BODIES)
async def bodies_that_are_no_objects_are_refused(session: Session) -> None:
    await control(session)
    await each(session, _NO_OBJECTS, _refuse)
    await session.refuses("common.json.syntax", raw=b"", what="an empty body")


@probe(*(f"add.{path}.required" for path in _MISSING), cost=len(_MISSING) + 2, stage=Stage.BODIES)
async def bodies_without_a_required_member_are_refused(session: Session) -> None:
    await control(session)
    for path, changes in _MISSING.items():
        await session.refuses(f"add.{path}.required", plain(session, changes), what=f"a body without {path}")


async def _refuse(session: Session, fault: Fault) -> None:
    await session.refuses(fault.rule, fault.make(plain(session)), what=fault.what)
