"""Use cases, one module a noun: everything that a face may call, by way of `store.client.Client`.

A service takes plain values, does its work in one transaction of the vault, and returns frozen values whose texts
are safe to show.
"""
