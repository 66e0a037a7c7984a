"""The reports of a check: for the terminal, for programs (JSON, JUnit) and as a page (HTML)."""
