"""One account of a running emulator, in a test's hands."""

from emulator.handle.account import Northflank as Northflank
