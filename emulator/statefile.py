"""Keeps what is stored in a file: read at the start, written after changes and at the end.

The file is a state document (state.py). It is replaced whole, never changed in place: after `kill -9` at any moment it
is the last state that was saved or the one before. A change is in it after a quarter of a second and the time of two
saves at most: within a second with 100,000 credentials, within four with 1,000,000.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

from emulator import codec, state
from emulator.errors import InvalidJSONError, InvalidSettingError, InvalidStateError
from emulator.lockfile import LockFile
from emulator.store import Store

SETTING: Final = "--state-file"
POLL_SECONDS: Final = 0.25
RETRY_SECONDS: Final = 1.0
LAST_TRIES: Final = 3
_BUFFER: Final = 1 << 20
# Beside what os.open has on every system: do not follow a link that somebody put where the temporary file goes.
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)

logger = logging.getLogger("emulator")


class StateFile:
    """The file at `path`, for `store`; `found` tells whether it was there at the start."""

    def __init__(self, path: str, store: Store) -> None:
        self.found = False
        self._given = path
        self._path = Path(os.path.realpath(path))  # what a link points at is replaced, not the link
        self._temporary = self._path.with_name(f".{self._path.name}.tmp")
        self._lock = LockFile(self._path.with_name(f".{self._path.name}.lock"))
        self._store = store
        self._saved = -1
        self._failed = False
        self._ending = asyncio.Event()

    def __str__(self) -> str:
        return self._given

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Load the file, and keep it up to date within the block.

        Raises:
            InvalidSettingError: the file is none that can be loaded and saved; it stays as it is.
        """
        self.load()
        try:
            watching = asyncio.create_task(self._watch())
            try:
                yield
            finally:
                self._ending.set()
                await watching
        finally:
            self._lock.release()

    def load(self) -> None:
        """Lock the file and put what it says into the store; a file that is not there says nothing.

        Raises:
            InvalidSettingError: as `kept`.
        """
        self._take_lock()
        with contextlib.ExitStack() as if_refused:
            if_refused.callback(self._lock.release)
            self.found = self._is_there()
            if self.found:
                self._read()
            # Left by a program that was killed while it saved; it may be half of a state, and has secrets in it.
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)
            if_refused.pop_all()
        self._saved = self._store.changes

    def _is_there(self) -> bool:
        try:
            mode = self._path.stat().st_mode
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._problem(f"cannot be read: {error.strerror}") from None
        if stat.S_ISDIR(mode):
            raise self._problem("is a folder; name a file in it")
        if not stat.S_ISREG(mode):
            raise self._problem("is no regular file; name another")
        return True

    def _take_lock(self) -> None:
        try:
            self._lock.acquire()
        except BlockingIOError:
            raise self._problem("another emulator keeps its state there; stop it, or name another file") from None
        except FileNotFoundError:
            raise self._problem(f"there is no folder {self._path.parent}; make it first") from None
        except OSError as error:
            raise self._problem(f"cannot be saved there: {error.strerror}; name a file in another folder") from None

    def _read(self) -> None:
        try:
            with _no_garbage_collection():
                state.restore(self._store, codec.loads(self._path.read_bytes()))
        except InvalidJSONError as error:
            # Of a message such as: The body is not valid JSON (line 3, column 5); send a JSON object.
            what = str(error).partition(";")[0].removeprefix("The body ")
            raise self._problem(f"{what}, so it is no state; name another file, or move this one away") from None
        except InvalidStateError as error:
            raise self._problem(str(error)) from None
        except OSError as error:
            raise self._problem(f"cannot be read: {error.strerror}") from None

    def _problem(self, what: str) -> InvalidSettingError:
        return InvalidSettingError(SETTING, f"{self._given}: {what}")

    async def _watch(self) -> None:
        while not self._ending.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), RETRY_SECONDS if self._failed else POLL_SECONDS)
            await self._save()
        for _ in range(LAST_TRIES - 1):
            if self._failed:
                await asyncio.sleep(POLL_SECONDS)
                await self._save()
        if self._failed:
            logger.error("The state file %s is not saved: what changed since its last save is lost.", self)

    async def _save(self) -> None:
        changes = self._store.changes
        if changes == self._saved:
            return
        moment = state.snapshot(self._store)
        try:
            await asyncio.to_thread(self._write, moment)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next try may do better
            self._tell_failure(error)
            return
        self._saved = changes
        if self._failed:
            self._failed = False
            logger.warning("The state file %s is saved again.", self)

    def _tell_failure(self, error: Exception) -> None:
        if not self._failed:
            reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
            logger.error("The state file %s cannot be saved: %s. It is tried again until it works.", self, reason)
        self._failed = True

    def _write(self, moment: state.Snapshot) -> None:
        self._temporary.unlink(missing_ok=True)
        try:
            with os.fdopen(os.open(self._temporary, _NEW_FILE, 0o600), "wb", buffering=_BUFFER) as file:
                file.writelines(state.render(moment))
                file.flush()
                os.fsync(file.fileno())
            self._temporary.replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                self._temporary.unlink(missing_ok=True)
            raise
        _sync_folder(self._path.parent)


def _sync_folder(folder: Path) -> None:
    """Make sure that a new name in a folder outlives a power cut, where the system has a way to."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):  # some network file systems refuse
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading many credentials makes millions of objects: to look for garbage among them takes longer than that."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
