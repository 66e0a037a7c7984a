"""Proof that `northflank-emulator check` works: a correct target, and many that are wrong in one way each.

The target is written from the documentation and shares no code with the package; the mutants are written from the rules
of `contracts/rules.yaml`, not from what `check` tries.
"""
