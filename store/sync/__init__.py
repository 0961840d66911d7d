"""Keeping the vault in step with a portal: `plan` decides what to ask for, `pull` and `push` do it.

A pull is a set of independent queries. Each page of records and the place where the query goes on are written in one
transaction, so that a sync which stops anywhere goes on where it was, and loses and repeats nothing. A push sends
what the outbox holds, and finds out what became of anything whose answer was lost before it sends it again.
"""
