"""A local stand-in for the Northflank API's container-registry credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.app import create_app
    from emulator.embedded import Emulator
    from emulator.handle import Northflank
    from emulator.settings import Settings

__version__ = "0.1.0"

__all__ = ["Emulator", "Northflank", "Settings", "__version__", "create_app"]


def __getattr__(name: str) -> object:
    # Importing the package stays cheap: pytest loads it in runs that never start a server.
    if name == "create_app":
        from emulator.app import create_app

        return create_app
    if name == "Emulator":
        from emulator.embedded import Emulator

        return Emulator
    if name == "Northflank":
        from emulator.handle import Northflank

        return Northflank
    if name == "Settings":
        from emulator.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
