"""Benchmarks: ratios measured in one interleaved run, started by hand; pytest collects none of them.

`python -m tests.benchmarks` runs them all; `tests.benchmarks.vault` and `tests.benchmarks.sync` are the parts.
"""
