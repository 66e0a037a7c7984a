"""The cases of other probes for which their share of the budget was too small: as many as are left room for."""

from __future__ import annotations

from typing import Final

from emulator.conformance.probes import bodies, integrations, names, types, updates
from emulator.conformance.probes.valid import others
from emulator.conformance.probing import Stage, probe, probes_of
from emulator.conformance.session import Session

_KEPT: Final = 44
"""Requests that are left to what is generated and what is repeated."""
_ONE_CASE: Final = 4
"""Most requests that a case takes, deletions included."""
_MODULES: Final = (bodies, integrations, names, types, updates)


@probe(
    *dict.fromkeys(rule for module in _MODULES for each in probes_of(module) for rule in each.rules),
    cost=_ONE_CASE,
    stage=Stage.LESS_LIKELY,
)
async def less_likely_faults_are_refused_too(session: Session) -> None:
    kept = _ONE_CASE if session.options.only else _KEPT + _ONE_CASE
    if session.can(kept):
        async for _ in others(session):
            if not session.can(kept):
                return
