"""A lock that two programs cannot hold at once, and that ends with the program that holds it, however that ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class LockFile:
    """An empty file that is locked while this object holds it; on Windows it locks nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            BlockingIOError: another program has it, or another object in this one.
            OSError: the file cannot be made or locked.
        """
        while self._descriptor is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock(descriptor)
                if _is_at(self._path, descriptor):
                    self._descriptor = descriptor
            finally:
                if self._descriptor is None:
                    os.close(descriptor)

    def release(self) -> None:
        """Give the lock back, and remove the file; what was killed leaves the file behind, but not locked."""
        if self._descriptor is None:
            return
        try:
            if os.fstat(self._descriptor).st_size == 0 and _is_at(self._path, self._descriptor):
                self._path.unlink()
        except OSError:
            pass  # a file too many does no harm
        finally:
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether the open file is still the one at `path`: its last holder may have removed it meanwhile."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
