"""The manifest beside an export: what was written, how much of it, and the hash of each file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from store.records.dates import from_epoch

if TYPE_CHECKING:
    from pathlib import Path

    from store.services.export_orders import ExportSummary, FilePart, Order
    from store.services.export_reading import Chosen

_NAME = "export.manifest"  # not `.json`: whoever imports the folder must not take it for a record
_VERSION = 1


def path(target: Path, *, as_folder: bool, is_sealed: bool) -> Path:
    """Where the manifest of a file or a folder is to be."""
    ending = ".age" if is_sealed else ""
    return target / f"{_NAME}{ending}" if as_folder else target.with_name(f"{target.name}.manifest{ending}")


def content(summary: ExportSummary, order: Order, chosen: Chosen, now: float) -> bytes:
    """The manifest as JSON, which `sha256sum` and every program can be held to."""
    said = order.wanted
    narrowed = {
        "code": said.code, "status": list(said.statuses), "since": said.since, "between": said.between,
        "clinician": said.clinician, "abnormal": said.abnormal, "new": said.new,
    }  # fmt: skip
    document = {
        "version": _VERSION,
        "format": summary.format,
        "made": str(from_epoch(now).text),
        "kinds": list(dict.fromkeys(chosen.nouns)),
        "filters": {name: value for name, value in narrowed.items() if value},
        "left_out": [part.value for part in order.redacted],
        "encrypted": order.seal is not None,
        "records": sum(part.records for part in summary.parts),
        "files": [_file(part, order) for part in summary.parts],
        "series": _series(order, chosen),
        "deleted": [
            {"record": one.record, "kind": one.kind, "source": one.source, "at": str(from_epoch(one.at).text)}
            for one in summary.deleted
        ],
    }
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2) + b"\n"


def _file(part: FilePart, order: Order) -> dict[str, object]:
    columns = order.form.columns
    told = {
        "name": part.path.name, "only": part.only, "records": part.records, "bytes": part.size, "sha256": part.sha256
    }  # fmt: skip
    if columns is None:
        return told
    described = [{"name": name, "type": kind, "path": where} for name, (kind, where) in columns(part.only).items()]
    return {**told, "columns": described}


def _series(order: Order, chosen: Chosen) -> dict[str, object] | None:
    if not order.series:
        return None
    return {"name": order.series, "since": str(from_epoch(chosen.before.at).text) if chosen.before else None}
