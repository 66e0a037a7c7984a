import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    rounds: int
    seconds: int
    stored: int


def progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
