"""The emulated routes: wire in, one call to the store, wire out."""
