"""Benchmarks: ratios measured in one interleaved run, started by hand; pytest collects none of them."""
