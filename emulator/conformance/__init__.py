"""Checks any target over HTTP, rule by rule; `run.check` is the way in."""
