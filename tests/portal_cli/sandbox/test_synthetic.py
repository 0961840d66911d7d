"""Made-up patients, served."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from portal_cli.sandbox.server import Sandbox, SandboxOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.portal_cli.sandbox.conftest import Caller


def test_the_first_patient_has_active_lisinopril_and_a_valid_chart(call_as: type[Caller]) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="the standard's models are not installed")
    sandbox = Sandbox(SandboxOptions())
    caller = call_as(sandbox)
    orders = caller.get("MedicationRequest?status=active").text.casefold()
    assert "lisinopril" in orders
    for kind in sandbox.portal.repository.kinds():
        bundle = caller.get(f"{kind}?_count=5").json or {}
        for entry in bundle.get("entry", []):
            models.get_fhir_model_class(kind).model_validate(entry["resource"])


def test_nobody_can_work_out_the_password_of_a_chart_that_was_loaded(open_sandbox: Callable[..., Sandbox]) -> None:
    first, again = (open_sandbox(seed=1).sign_ins for _ in range(2))
    assert first[0].password != again[0].password


def test_usernames_do_not_tell_names_and_passwords_follow_the_seed() -> None:
    first, again, other = (Sandbox(SandboxOptions(seed=seed)).sign_ins for seed in (1, 1, 2))
    assert [one.password for one in first] == [one.password for one in again]
    assert first[0].password != other[0].password
    assert all(part.casefold() not in one.username for one in first for part in one.name.split())
