"""The command `schemathesis run` as a test sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

PHASES: Final = ("examples", "coverage", "fuzzing", "stateful")


class Run:
    """A finished run of the command: its exit code, what it printed, its report and its events."""

    def __init__(
        self,
        contract: str,
        configuration: Path,
        url: str,
        token: str,
        folder: Path,
        *options: str,
        hooks: Path | None = None,
    ) -> None:
        command: list[str | Path] = [
            *(Path(sys.executable).with_name("schemathesis"), "--config-file", configuration, "run"),
            *(Path(__file__).parents[1] / "contracts" / contract, "--url", url),
            *("--header", f"Authorization: Bearer {token}", "--checks", "all", "--no-color"),
            *("--report-json-path", folder / "report.json", "--report-ndjson-path", folder / "events.ndjson"),
            *options,
        ]
        # Coverage would follow the command, which has none of our code in it.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        if hooks is not None:
            environment["SCHEMATHESIS_HOOKS"] = str(hooks)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        self.output = done.stdout + done.stderr
        self.exit_code = done.returncode
        assert (folder / "report.json").exists(), self.output
        self.report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
        self.events = [json.loads(line) for line in (folder / "events.ndjson").read_text("utf-8").splitlines()]

    @property
    def accepted(self) -> dict[str, int]:
        """How many generated requests each operation accepted, but for those made of the contract's examples."""
        rates = self.report["valid_rates"].items()
        return {
            operation: sum(phase["accepted"] for name, phase in phases.items() if name != "examples")
            for operation, phases in rates
        }

    @property
    def links(self) -> set[str]:
        """The links that were followed, with the values that they hand on, to an answer that is a success."""
        followed = set()
        for event in self.events:
            recorder = event.get("ScenarioFinished", {}).get("recorder", {})
            for name, case in recorder.get("cases", {}).items():
                answer = recorder["interactions"].get(name, {}).get("response") or {}
                if case.get("transition") and case["is_transition_applied"] and answer.get("status_code") == 200:
                    followed.add(case["transition"]["id"])
        return followed
