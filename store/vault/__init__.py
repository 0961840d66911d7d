"""Where records rest: one SQLCipher database and a small clear header that holds its key, wrapped.

`vault.db` is encrypted with a random 256-bit key that never leaves memory in clear; `vault.json` holds that key
wrapped under a passphrase. All SQL of the program is in this package. Tables are declared once, in `tables`;
reads on the quick path and bulk writes are plain SQL whose columns a test holds against those declarations.
"""
