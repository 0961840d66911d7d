"""Jobs that a kill interrupts: what each begins with, does, may leave, and ends as; `jobs` is the explicit table.

To add one, write what `Job` asks for and put it into the table.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tests.support import file_jobs as file
from tests.support import key_jobs as key
from tests.support import network_jobs as network
from tests.support import scenes, scripted
from tests.support import vault_jobs as vault
from tests.support.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Job(Workload):
    """A workload that can be taken up again.

    `verify` also makes sure that the vault is as before the job or after it, or between two steps of it. `resume`
    does what the patient would do next, until the job is done; `state` says what there is then, in values that are the
    same after every complete run. `reset` makes what is outside the folder as it was before the job.
    """

    resume: Callable[[Path], None]
    state: Callable[[Path], object]
    reset: Callable[[], None] = lambda: None


def jobs(url: str) -> dict[str, Job]:
    """Every job, by name; `url` is where the portal is that some of them need."""
    reset: Callable[[], None] = functools.partial(scripted.reset, url)

    def at(function: Callable[..., Any]) -> Callable[..., Any]:
        return functools.partial(function, url=url)

    def see_requests(folder: Path) -> scenes.Seen:
        return replace(scenes.seen(folder), more=scripted.created(url))

    return {
        "init": Job(scenes.prepare_nothing, vault.run_create, vault.verify_create, vault.resume_create, scenes.seen),
        "sign-in": Job(
            scenes.prepare_empty,
            at(network.run_sign_in),
            network.verify_sign_in,
            at(network.resume_sign_in),
            scenes.seen,
        ),
        "sync": Job(
            at(scenes.prepare_signed_in), network.run_sync, network.verify_sync, network.resume_sync, scenes.seen, reset
        ),
        "attachments": Job(
            at(scenes.prepare_synced),
            network.run_attachments,
            network.verify_attachments,
            network.resume_attachments,
            network.see_attachments,
        ),
        "outbox": Job(
            at(scenes.prepare_queued),
            network.run_outbox,
            at(network.verify_outbox),
            network.resume_outbox,
            see_requests,
            reset,
        ),
        "refill": Job(
            at(scenes.prepare_synced),
            network.run_refills,
            at(network.verify_refills),
            network.resume_refills,
            see_requests,
            reset,
        ),
        "passphrase": Job(
            scenes.prepare_vault, key.run_passphrase, key.verify_passphrase, key.resume_passphrase, scenes.seen
        ),
        "recovery": Job(scenes.prepare_vault, key.run_code, key.verify_code, key.resume_code, scenes.seen),
        "rotate": Job(key.prepare_rotation, key.run_rotate, key.verify_rotate, key.resume_rotate, vault.see_attempts),
        "session": Job(scenes.prepare_vault, key.run_session, key.verify_session, key.resume_session, key.see_sessions),
        "migration": Job(
            scenes.prepare_released, vault.run_open, vault.verify_migration, vault.resume_open, vault.see_migrated
        ),
        "open": Job(scenes.prepare_attempts, vault.run_open, vault.verify_open, vault.resume_open, vault.see_attempts),
        "backup": Job(
            scenes.prepare_backup, vault.run_backup, vault.verify_backup, vault.resume_backup, vault.see_backups
        ),
        "restore": Job(
            scenes.prepare_backup, vault.run_restore, vault.verify_restore, vault.resume_restore, vault.see_restored
        ),
        "erase": Job(vault.prepare_erase, vault.run_erase, vault.verify_erase, vault.resume_erase, scenes.seen),
        "repair": Job(
            scenes.prepare_page_damage, vault.run_repair, vault.verify_repair, vault.resume_repair, vault.see_repaired
        ),
        "mend": Job(
            scenes.prepare_search_damage, vault.run_repair, vault.verify_repair, vault.resume_repair, vault.see_repaired
        ),
        "import": Job(file.prepare_import, file.run_import, file.verify_import, file.resume_import, file.see_imported),
        "export": Job(
            scenes.prepare_vault, vault.run_export, vault.verify_export, vault.resume_export, vault.see_exports
        ),
    }
