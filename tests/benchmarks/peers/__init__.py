"""Other mock servers, measured beside the emulator: `make bench-peers` installs them, the measure `peers` runs them."""
