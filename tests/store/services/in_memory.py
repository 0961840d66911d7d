"""A keychain in memory, that can be told to fail."""

from __future__ import annotations

from store.errors import KeychainFailed


class MemoryKeychain:
    """Keeps secrets by account; raises KeychainFailed while `is_broken`."""

    name = "Memory"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_broken = False

    def find(self, name: str | None) -> MemoryKeychain:
        """Take the place of keychain.find."""
        if name not in {None, self.name}:
            raise KeychainFailed("the key is in another one")
        self._answer()
        return self

    def get(self, account: str) -> bytes | None:
        """The secret of an account."""
        self._answer()
        return self.kept.get(account)

    def set(self, account: str, secret: bytes) -> None:
        """Keep a secret."""
        self._answer()
        self.kept[account] = secret

    def delete(self, account: str) -> None:
        """Forget a secret."""
        self._answer()
        self.kept.pop(account, None)

    def _answer(self) -> None:
        if self.is_broken:
            raise KeychainFailed("it is locked")
