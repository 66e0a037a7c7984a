"""The routes under `/_emulator`: set up, break, watch and verify. They never appear in the journal."""
