"""Reads a Dockerfile far enough to check it, and to carry out a stage of it where no container engine runs."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """One instruction, its lines joined: `RUN`, `pip install ...`."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """The value as a list: its exec form where it has one, else split as a shell would."""
        if self.value.startswith("["):
            words = json.loads(self.value)
            assert isinstance(words, list)
            return [str(word) for word in words]
        return shlex.split(self.value)


Stage = list[Instruction]


def parse(path: Path) -> list[Stage]:
    """The stages of a Dockerfile; each begins with its FROM."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    stages: list[Stage] = []
    for line in filter(None, map(str.strip, joined.splitlines())):
        name, _, value = line.partition(" ")
        if name == "FROM":
            stages.append([])
        stages[-1].append(Instruction(name, value.strip()))
    return stages


def only(stage: Stage, name: str) -> Instruction:
    """The one instruction of this name; several or none are an error."""
    (instruction,) = [instruction for instruction in stage if instruction.name == name]
    return instruction


def variables(stage: Stage) -> dict[str, str]:
    """What the ENV instructions of a stage set, in order."""
    return dict(pair.split("=", 1) for instruction in stage if instruction.name == "ENV" for pair in instruction.words)


def copied_from_context(stage: Stage) -> list[tuple[list[str], str]]:
    """(sources, target) of each COPY that takes its files from the checkout."""
    copies = [instruction.words for instruction in stage if instruction.name == "COPY"]
    return [(words[:-1], words[-1]) for words in copies if not words[0].startswith("--from")]
