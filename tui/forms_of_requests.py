"""The form in which the text of a request is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui import outcomes, readings_of_requests
from tui.forms import Field, Form, Kind
from tui.jotting import begun

if TYPE_CHECKING:
    from store.client import Client
    from store.services.outbox_rows import OutboxDetail
    from tui.forms import Values


@dataclass(frozen=True)
class Change:
    """What a request would be, and the body that makes it so."""

    detail: OutboxDetail
    body: bytes


def change(client: Client, request: str, portal: str) -> Form[Change]:
    """The text of a request that has not been sent, or was refused. Raises NotFound, Ambiguous, WrongState."""
    before = client.outbox.check(request, "edit")

    def plan(client: Client, values: Values) -> Change:
        body = values["fhir"].encode()
        return Change(client.outbox.check_edit(request, body), body)

    text = readings_of_requests.written(before.fhir)
    form = Form(
        title=f"Change: {before.row.title}",
        fields=(Field("fhir", "The request as FHIR JSON", Kind.TEXT, text, about=text),),
        plan=plan,
        preview=lambda plan: readings_of_requests.changed(plan.detail),
        submit=lambda client, plan: outcomes.told(lambda: outcomes.became(client.outbox.edit(request, plan.body))),
        yes="Keep" if before.row.state == "draft" else "Send",
        intro="Its identifier, and the id of what it changes, have to stay as they are.",
        portal=portal,
    )
    return begun(client, form, f"change the request {before.row.id}")
