"""The dashboard: a Textual face on the store, for reading at length.

It reads keys, calls one service through `calls.py`, and shows the result. What a record looks like is decided by pure
functions (`words`, `rows`, `readings`); widgets draw what they are given and know nothing of the store.
"""
