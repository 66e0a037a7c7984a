"""The commands `check` and `rules`: what the user wants, is asked and is told; `conformance` does the rest."""
