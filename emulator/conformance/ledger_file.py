"""A file of JSON objects, one a line, that is only ever appended to: what is in it outlives `kill -9`."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

from emulator.errors import InvalidSettingError

SETTING: Final = "--ledger"
# Neither follow a link that somebody put there, nor write into a file that is there.
_NEW_FILE: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


def problem(path: Path, what: str) -> InvalidSettingError:
    """Return the error that says what is wrong with a ledger."""
    return InvalidSettingError(SETTING, f"{path} {what}")


class LedgerFile:
    """An open file, locked against other programs (on Windows it is not); `lines` are those that it had."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.lines: list[Any] = []
        self._descriptor = descriptor

    @classmethod
    def new(cls, path: Path) -> Self:
        """Make the file, for the user's eyes only, and the folders that are missing.

        Raises:
            InvalidSettingError: it is there, or cannot be made.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, _NEW_FILE, 0o600)
        except OSError as error:
            raise problem(path, f"cannot be made: {error.strerror}; name another file with {SETTING}") from None
        made = cls(path, descriptor)
        with made._closed_if_refused():
            made._lock()
        _sync_folder(path.parent)
        return made

    @classmethod
    def existing(cls, path: Path) -> Self:
        """Open and read the file; half a line at its end, of a program that was killed, is cut off.

        Raises:
            FileNotFoundError: there is none.
            InvalidSettingError: it cannot be opened, another program has it open, or it has something else in it.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise problem(path, f"cannot be opened: {error.strerror}; name another file") from None
        opened = cls(path, descriptor)
        with opened._closed_if_refused():
            opened._lock()
            opened._read()
        return opened

    def append(self, line: Mapping[str, Any], *, sync: bool = False) -> None:
        """Write one line; with `sync` it outlives a power cut too, once this returns.

        Raises:
            InvalidSettingError: it cannot be written; the file is as before.
        """
        text = json.dumps(line).encode("ascii") + b"\n"
        size = os.fstat(self._descriptor).st_size
        try:
            written = os.write(self._descriptor, text)
            if sync:
                os.fsync(self._descriptor)
        except OSError as error:
            self._cut(size)
            raise problem(self.path, f"cannot be written: {error.strerror}; name another with {SETTING}") from None
        if written != len(text):
            self._cut(size)  # else the next line would be glued to half of this one
            reason = os.strerror(errno.ENOSPC)
            raise problem(self.path, f"cannot be written: {reason}; name another with {SETTING}")

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file; `remove` deletes it too."""
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        if remove:
            self.path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _closed_if_refused(self) -> Any:
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        """Keep a clean-up from deleting under the hands of a run that is still going; ends with the process."""
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise problem(self.path, "belongs to a run that is still going; wait for its end, or stop it") from None
            except OSError:
                pass  # some network file systems have no locks

    def _read(self) -> None:
        with open(self._descriptor, "rb", closefd=False) as file:
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self._cut(len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                raise problem(self.path, f"is no ledger: line {number} is not JSON") from None

    def _cut(self, size: int) -> None:
        with contextlib.suppress(OSError):
            os.ftruncate(self._descriptor, size)


def _sync_folder(folder: Path) -> None:
    """Make sure that the new name in its folder outlives a power cut, where the system has a way to."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
