"""Speed and memory as ratios to a bare server in the same run: `make bench`, or `python -m tests.benchmarks --help`.

Linux only (it reads /proc). Not part of the test suite: figures need a quiet machine and some minutes.
"""
