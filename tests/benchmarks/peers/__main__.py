"""Installs what can be installed and says what cannot. Exit code 0: at least one peer is there; 1: none is."""

import sys

from tests.benchmarks.peers.catalogue import PEERS
from tests.benchmarks.peers.installing import install


def main() -> int:
    for problem in install():
        print(problem, file=sys.stderr)
    missing = [peer.missing() for peer in PEERS]
    for peer, reason in zip(PEERS, missing, strict=True):
        print(f"  {peer.name:<24} {reason or peer.installed()}")
    return 1 if all(missing) else 0


sys.exit(main())
