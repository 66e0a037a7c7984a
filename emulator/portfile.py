"""A file that tells other programs the port, and that is there while the emulator accepts requests."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emulator.errors import InvalidSettingError

_PORT: Final = re.compile(rb"[0-9]{0,5}\s*")
"""What such a file holds after a `kill -9`; or nothing at all, which is what `mktemp` makes."""


@contextlib.contextmanager
def port_file(path: str, port: int) -> Iterator[None]:
    """Keep a file at `path` within the block: the port as decimal text and a line feed, whole from the first moment.

    Raises:
        InvalidSettingError: it cannot be written, or what is there is something else, and stays as it is.
    """
    content = f"{port}\n".encode("ascii")
    target = Path(os.path.realpath(path))  # what a link points at is replaced, not the link
    try:
        _check(target, path)
        _write(target, content)
    except FileNotFoundError:
        raise _problem(path, f"there is no folder {target.parent}; make it first") from None
    except OSError as error:
        raise _problem(path, f"cannot be written: {error.strerror}; name a file in another folder") from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if target.read_bytes() == content:  # else another emulator has written its own there
                target.unlink()


def _check(target: Path, path: str) -> None:
    if not target.exists():
        return
    if not stat.S_ISREG(target.stat().st_mode):
        raise _problem(path, "is no regular file; name another")
    with target.open("rb") as file:
        if not _PORT.fullmatch(file.read(16)):
            raise _problem(path, "holds something other than a port; name another file, or remove it")


def _write(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)  # in containers the number of the process is always the same
    try:
        with temporary.open("xb") as file:
            file.write(content)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _problem(path: str, what: str) -> InvalidSettingError:
    return InvalidSettingError("--port-file", f"{path}: {what}")
