"""Keeping the vault in step with a portal: `plan` decides what to ask for, `pull` and `push` do it.

A pull is a set of independent queries. Each page of records and the place where the query goes on are written in one
transaction, so that a sync which stops anywhere goes on where it was, and loses and repeats nothing.

A push sends what the outbox holds. `push` decides whose turn it is; `creates` sends what is new and `changes` what
changes a record, both by way of the `ledger`, which notes every step. What became of a lost answer is found out by
`look_up`; `merge`, `conflicts`, `json_patch`, `readback` and `backoff` are pure.
"""
