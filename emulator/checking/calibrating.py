"""Runs a calibration and writes the profile that comes of it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from emulator import profile, profiletext
from emulator.checking import plan as planning
from emulator.checking import running
from emulator.checking.telling import say
from emulator.conformance import learning
from emulator.conformance.calibrating import BUDGET, calibrate
from emulator.conformance.learning import Learning
from emulator.conformance.outcome import Report
from emulator.conformance.report import learnt
from emulator.conformance.report.words import visible
from emulator.errors import InvalidSettingError
from emulator.profile import Profile

CHANGED: Final = 1
_USUAL: Final = "profile.toml"
_NOT_ASKED_FOR: Final[Mapping[str, Any]] = {
    "only": (),
    "phases": (),
    "teams": (),
    "read_only": False,
    "strict": False,
    "max_time": 0.0,
    "reports": (),
    "report_dir": "",
    "other_token_file": None,
    "profile": None,
}
"""The options of a check that a calibration has no use for."""


def run(url: str | None, given: Mapping[str, Any], environ: Mapping[str, str]) -> int:
    """Calibrate as the command line asks for; return the exit code: with `diff`, 1 where something changed.

    Raises:
        InvalidSettingError: it cannot be done as asked; then nothing was sent.
        click.UsageError: there is no URL.
    """
    old = profile.read("--diff", given["diff"]) if given["diff"] else None
    output = Path(given["output"] or _USUAL) if given["output"] or old is None else None
    evidence = Path(given["evidence"]) if given["evidence"] else None
    for setting, file in (("--output", output), ("--evidence", evidence)):
        if file is not None:
            _check_output(setting, file, force=given["force"])
    every = {**_NOT_ASKED_FOR, **given, "budget": given["budget"] or BUDGET}
    plan = replace(planning.of_command(url, every, environ), command="calibrate")
    tell = _telling(old, output, evidence)
    return running.run(plan, agreed=given["yes"], ask=calibrate, tell=tell)


def _telling(old: Profile | None, output: Path | None, evidence: Path | None) -> Callable[[Report], int]:
    def tell(report: Report) -> int:
        found = learning.learn(report)
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 80
        click.echo(learnt.render(report, found, width=width), nl=False)
        if not found.profile.rules:
            say("Nothing was learnt, so there is no profile.")
            return running.COULD_NOT_RUN
        if output is not None:
            _write("--output", output, profiletext.toml(found.profile))
            click.echo(f"Written to {output}: serve --profile {output} does the same.")
        if evidence is not None:
            lines = (json.dumps({"digest": digest, **shown}) for digest, shown in found.evidence.items())
            _write("--evidence", evidence, "".join(f"{line}\n" for line in lines))
        return 0 if old is None else _tell_changes(old, found)

    return tell


def _tell_changes(old: Profile, found: Learning) -> int:
    """Print what the target does otherwise than before, and return the exit code; not to know it now is no change."""
    outside = {each.rule: each.words for each in found.outside if each.rule in old.rules}
    others = [
        f"{rule}: was {old.rules[rule].choice} on {old.rules[rule].date}; now: {outside[rule]}" for rule in outside
    ]
    changes = [*profiletext.differences(old, found.profile), *others]
    gaps = [gap for gap in profiletext.gaps(old, found.profile) if gap.partition(":")[0] not in outside]
    _list(f"KNOWN OF ONE OF THE TWO ONLY ({len(gaps)})", gaps)
    _list(f"CHANGED SINCE {old.date} ({len(changes)})", changes)
    if changes:
        return CHANGED
    click.echo(f"Nothing changed since {old.date}{' of what is known both times' if gaps else ''}.")
    return 0


def _list(head: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo("\n".join([head, *(f"  {visible(line)}" for line in lines)]))


def _check_output(setting: str, output: Path, *, force: bool) -> None:
    """Make sure before the run, and not after it, that a file can be written."""
    if output.exists() and not force:
        raise InvalidSettingError(setting, f"{output} is there already; take another name, or --force")
    if output.is_dir() or not output.parent.is_dir() or not os.access(output.parent, os.W_OK):
        raise InvalidSettingError(setting, f"{output} cannot be written to")


def _write(setting: str, path: Path, text: str) -> None:
    """Put a file in place whole: a run that is cut off leaves the old one."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as into:
            into.write(text)
        Path(into.name).chmod(0o644)
        Path(into.name).replace(path)
    except OSError as error:
        raise InvalidSettingError(setting, f"{path} cannot be written: {error.strerror}") from None
