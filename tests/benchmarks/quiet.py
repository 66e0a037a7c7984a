"""How quiet the machine was: what others take, both sides of a ratio lose, but not always in the same round."""

import os
import time
from pathlib import Path
from typing import Final

_CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Watch:
    """Watches from its making on; only children that have ended count as our own."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._busy = _busy_seconds()
        self._own = _own_seconds()

    def used_by_others(self) -> float:
        """Share of all CPUs, 0 to 1, that went to other processes (and, on a virtual machine, to other machines)."""
        available = (time.monotonic() - self._started) * (os.cpu_count() or 1)
        taken = (_busy_seconds() - self._busy) - (_own_seconds() - self._own)
        return max(0.0, taken / available)


def _busy_seconds() -> float:
    """All CPUs together: user, nice, system, irq, softirq and steal, without idle and iowait."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / _CLOCK_TICKS


def _own_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
