"""Makes JSON Schemas (2020-12) of typed values, as `json_text` writes them, and keeps the committed files up to date.

`python -m portal_cli.schemas.making` writes them anew after a wanted change. A change that a reader of the old
document would stumble over, such as a member that is gone or has another type, gives the schema its next version.
"""

from __future__ import annotations

import ast
import collections.abc
import inspect
import json
import sys
import types
import typing
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from portal_cli.schemas import file_name
from portal_cli.schemas.answers import ANSWERS, Either, Fhir, List, Object
from store.records.dates import FhirDate

Json: TypeAlias = Any

FOLDER = Path(__file__).parent
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[object, Json] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    Decimal: {"type": ["number", "null"]},  # null where it is no number
    type(None): {"type": "null"},
    Any: {},
    Fhir: {"type": "object", "description": "FHIR R4 JSON", "properties": {"resourceType": {"type": "string"}}},
    FhirDate: {"type": "string", "description": "a FHIR date, dateTime or instant"},
}
_ROWS = (tuple, list, collections.abc.Sequence, frozenset)


class Unwritable(TypeError):
    """A type that JSON has no words for."""


def schema_of(command: str, version: int = 1) -> Json:
    """The schema of what a command prints."""
    parts: dict[str, Json] = {}
    found = _shape(ANSWERS[command], parts)
    head = {
        "$schema": _DIALECT,
        "$id": f"urn:portal:{command.replace(' ', '-')}:{version}",
        "title": f"portal {command} --json",
        "version": version,
    }
    return {**head, **found, **({"$defs": dict(sorted(parts.items()))} if parts else {})}


def written(schema: Json) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def committed(command: str) -> Json:
    """The schema that is committed for a command, or None."""
    path = FOLDER / file_name(command)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def next_schema(command: str) -> Json:
    """The schema that is to be committed: of the same version, unless readers of the old one would stumble."""
    old = committed(command)
    if old is None:
        return schema_of(command)
    made = schema_of(command, old["version"])
    return schema_of(command, old["version"] + 1) if breaks(old, made) else made


def breaks(old: Json, new: Json) -> bool:
    """Whether what the new schema describes may be something that the old one does not."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return bool(old != new)
    said = (name for name in old if name not in {"$id", "$schema", "title", "version", "description", "$defs"})
    return any(name not in new or _breaks_at(name, old[name], new[name]) for name in said) or _breaks_inside(
        old.get("$defs", {}), new.get("$defs", {})
    )


def _breaks_at(name: str, old: Json, new: Json) -> bool:
    """As `breaks`, of what two schemas say under one of their names."""
    match name:
        case "properties" | "items" | "additionalProperties":
            return breaks(old, new)
        case "anyOf":
            return len(old) != len(new) or any(map(breaks, old, new))
        case "required":
            return not set(old) <= set(new)
        case _:
            return bool(old != new)


def _breaks_inside(old: Json, new: Json) -> bool:
    return any(name not in new or breaks(part, new[name]) for name, part in old.items())


def main() -> int:
    """Write every schema anew; tells which have changed."""
    names = {file_name(command) for command in ANSWERS}
    for path in FOLDER.glob("*.json"):
        if path.name not in names:
            path.unlink()
    for command in ANSWERS:
        made = next_schema(command)
        if made != committed(command):
            (FOLDER / file_name(command)).write_text(written(made), encoding="utf-8")
            sys.stdout.write(f"{command}: version {made['version']}\n")
    return 0


def _shape(shape: Any, parts: dict[str, Json]) -> Json:
    if isinstance(shape, Object):
        return _object(shape, parts)
    if isinstance(shape, List):
        return {"type": "array", "items": _shape(shape.of, parts)}
    if isinstance(shape, Either):
        return _any_of([_shape(choice, parts) for choice in shape.choices])
    return _type(shape, parts)


def _object(shape: Object, parts: dict[str, Json]) -> Json:
    members = {name: _shape(part, parts) for name, part in shape.members.items()}
    if shape.base is not None:
        below = _dataclass(shape.base, parts)
        members = {**below["properties"], **members}
    return {"type": "object", "properties": members, "required": list(members)}


def _type(kind: Any, parts: dict[str, Json]) -> Json:
    if kind is None or kind in _PLAIN:
        return _PLAIN[type(None) if kind is None else kind]
    origin = typing.get_origin(kind)
    if origin is not None:
        return _generic(origin, typing.get_args(kind), parts)
    if not isinstance(kind, type):
        raise Unwritable(f"{kind} cannot be written as JSON")
    return _class(kind, parts)


def _class(kind: type, parts: dict[str, Json]) -> Json:
    if issubclass(kind, Enum):
        return _enum(kind)
    if not is_dataclass(kind):
        return {"type": "string"}
    name = _name(kind)
    if name not in parts:
        parts[name] = {}  # first: a value may hold others of its kind
        parts[name] = _dataclass(kind, parts)
    return {"$ref": f"#/$defs/{name}"}


def _name(kind: type) -> str:
    """What a value is called: its module, which is a noun, and its class; two modules may have an `Outcome`."""
    return f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"


def _generic(origin: Any, inside: tuple[Any, ...], parts: dict[str, Json]) -> Json:
    if origin in {typing.Union, types.UnionType}:
        return _any_of([_type(choice, parts) for choice in inside])
    if origin is typing.Literal:
        return {"enum": list(inside)}
    if origin in {dict, collections.abc.Mapping}:
        return {"type": "object", "additionalProperties": _type(inside[1], parts)}
    if origin in _ROWS:
        if origin is tuple and (len(inside) < 2 or inside[1] is not Ellipsis):  # noqa: PLR2004 - X and …
            return {"type": "array", "items": _any_of([_type(one, parts) for one in dict.fromkeys(inside)])}
        return {"type": "array", "items": _type(inside[0], parts)}
    raise Unwritable(f"{origin} cannot be written as JSON")


def _enum(kind: type[Enum]) -> Json:
    values = [item.value for item in kind]
    return {"type": "integer" if isinstance(values[0], int) else "string", "enum": values}


def _dataclass(kind: type, parts: dict[str, Json]) -> Json:
    hints = _hints(kind)
    kept = [field for field in fields(kind) if not _is_bytes(hints[field.name])]
    members = {field.name: _type(hints[field.name], parts) for field in kept}
    words = " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())
    return {"type": "object", "description": words, "properties": members, "required": list(members)}


def _is_bytes(kind: Any) -> bool:
    return kind is bytes or bytes in typing.get_args(kind)


def _any_of(choices: list[Json]) -> Json:
    several = [choice for number, choice in enumerate(choices) if choice not in choices[:number]]
    if len(several) == 1:
        return several[0]
    if all(set(choice) == {"type"} for choice in several):
        listed = [kind if isinstance(kind := choice["type"], list) else [kind] for choice in several]
        return {"type": list(dict.fromkeys(name for names in listed for name in names))}
    return {"anyOf": several}


def _hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass' fields, those too that its module imports for the type checker only."""
    known: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base.__module__ != "builtins":
            known |= _known(base.__module__)
    return typing.get_type_hints(kind, localns=known)


@cache
def _known(module: str) -> dict[str, Any]:
    """What a module's annotations may name."""
    loaded = import_module(module)
    found: dict[str, Any] = {}
    for node in ast.walk(ast.parse(inspect.getsource(loaded))):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for line in node.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    source = import_module(line.module)
                    found |= {name.asname or name.name: getattr(source, name.name, Any) for name in line.names}
                elif isinstance(line, ast.Import):
                    found |= {name.asname or name.name: import_module(name.name) for name in line.names}
    return found | vars(loaded)


if __name__ == "__main__":
    sys.exit(main())
