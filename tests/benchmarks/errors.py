class BenchmarkError(Exception):
    """A figure cannot be trusted or cannot be had; the message says which and why."""
