"""The questions themselves, a module a subject: a new module needs no mention anywhere."""

from __future__ import annotations

import importlib
import pkgutil

from emulator.conformance.probing import Probe, probes_of


def all_probes() -> list[Probe]:
    """Return the probes of all modules, by stage, and in a stage in the order of their definition."""
    modules = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = [probe for name in modules for probe in probes_of(importlib.import_module(f"{__name__}.{name}"))]
    return sorted(found, key=lambda probe: probe.stage)
