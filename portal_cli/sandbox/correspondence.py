"""The practice's mail: it reads the messages that patients send here, and answers them when it comes to it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from portal_cli.sandbox import messaging
from portal_cli.sandbox.instants import instant, span
from portal_cli.sandbox.references import follow, local_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portal_cli.sandbox.lossless import Json
    from portal_cli.sandbox.repository import Repository
    from portal_cli.sandbox.versions import Version

ANSWERS_AFTER = timedelta(minutes=1)  # on the portal's clock, after a message was read
_ANSWER = "Thank you for your message about “{topic}”. We have read it and will take care of it."
_COPIED = ("category", "priority", "topic", "about")


class Correspondence:
    """What becomes of the messages that patients sent here. Those of loaded data stay as they are."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def step(self) -> int:
        """Read each new message, and answer each whose time has come; gives how many of them there were."""
        with self._repository.lock:
            moved = 0
            answered = self._answered()
            for version in self.waiting():
                message = version.resource()
                if not message.get("received"):
                    self.read(version)
                elif version.name not in answered and self._is_due(message):
                    self.answer(version, _ANSWER.format(topic=_topic(message)))
                else:
                    continue
                moved += 1
            return moved

    def waiting(self) -> Iterator[Version]:
        """Give the messages of patients in conversations that are open, in order of arrival."""
        for version in self._repository.everything("Communication"):
            message = version.resource() if version.creator else {}
            if not version.creator or messaging.is_header(message) or message.get("status") == "entered-in-error":
                continue
            header = messaging.header_of(self._repository, message)
            if not (header and messaging.is_closed(header.resource())):
                yield version

    def read(self, version: Version) -> Version:
        """Note that the practice has read a message."""
        now = instant(self._repository.now())
        message = {**version.resource(), "status": "completed", "received": now}
        return self._repository.put(message, version.key, version.creator)

    def answer(self, version: Version, text: str) -> Version | None:
        """Send a patient an answer to a message, from the first of those it went to; None when it names nobody."""
        message = version.resource()
        sender = self._recipient(message)
        if sender is None:
            return None
        reply: Json = {"resourceType": "Communication", "status": "in-progress", "subject": message["subject"]}
        reply |= {name: message[name] for name in _COPIED if name in message}
        if "partOf" in message:
            reply["partOf"] = message["partOf"]
        reply |= {
            "inResponseTo": [{"reference": version.name}],
            "sent": instant(self._repository.now()),
            "sender": sender,
            "recipient": [message.get("sender", message["subject"])],
            "payload": [{"contentString": text}],
        }
        return self._repository.create(reply)

    def close(self, header: Version) -> Version:
        """Close a conversation, which takes no more messages then."""
        return self._repository.put({**header.resource(), "status": "completed"}, header.key, header.creator)

    def _answered(self) -> set[str]:
        every = self._repository.everything("Communication")
        return {
            target
            for version in every
            if not version.creator and b"inResponseTo" in version.body
            for text in follow(version.resource(), "inResponseTo.reference")
            if (target := local_target(str(text), self._repository.base_url))
        }

    def _is_due(self, message: Json) -> bool:
        received = span(str(message.get("received")))
        is_late = received is not None and received.low + ANSWERS_AFTER <= self._repository.now()
        return is_late and self._recipient(message) is not None

    def _recipient(self, message: Json) -> Json | None:
        """Give whom of the practice a message went to first."""
        for recipient in follow(message, "recipient"):
            text = recipient.get("reference") if isinstance(recipient, dict) else None
            target = local_target(text, self._repository.base_url) if isinstance(text, str) else None
            if target and not target.startswith(messaging.PATIENTS):
                found: Json = recipient
                return found
        return None


def _topic(message: Json) -> str:
    return str(next(follow(message, "topic.text"), "what you wrote"))
