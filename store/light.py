"""The standard library's `dataclass`, whose methods are made when they are first called.

`dataclass(frozen=True)` compiles six methods for every class that is defined, and a short command defines a hundred and
uses twenty. Here each method is a stand-in until it is called; what it gives way to is what the standard library would
have made. Everything else, such as `fields`, `replace` and `match`, is the standard library's own.
"""

from __future__ import annotations

import dataclasses
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - for the type checker they are one
else:

    def dataclass(kind: type | None = None, /, **how: Any) -> Any:
        """A dataclass; a frozen one, with or without slots, that asks for nothing else is made light."""

        def make(made: type) -> type:
            if how in ({"frozen": True}, {"frozen": True, "slots": True}):
                return _light(made, has_slots="slots" in how)
            return dataclasses.dataclass(made, **how)

        return make if kind is None else make(kind)


_METHODS = ("__init__", "__repr__", "__eq__", "__hash__")


def _light(kind: type, *, has_slots: bool) -> type:
    own = {name for name in _METHODS if name in kind.__dict__}
    is_below_another = any(dataclasses.is_dataclass(base) for base in kind.__mro__[1:])
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, frozen=is_below_another, slots=has_slots)(kind)
    params = made.__dataclass_params__
    params.init = params.repr = params.eq = params.frozen = True
    for name in _METHODS:
        if name not in own:
            setattr(made, name, _stand_in(made, name))
    if not is_below_another:
        made.__setattr__, made.__delattr__ = _refuse_to_set, _refuse_to_delete
    if has_slots:  # what copies it or pickles it could not set them
        made.__getstate__, made.__setstate__ = _state, _set_state
    return made  # type: ignore[no-any-return] # of a class with slots it is another than `kind`


def _stand_in(kind: type, name: str) -> Any:
    def first(self: object, *args: Any, **named: Any) -> Any:
        setattr(kind, name, _MAKERS[name](kind))
        return getattr(kind, name)(self, *args, **named)

    first.__name__, first.__qualname__ = name, f"{kind.__qualname__}.{name}"
    return first


def _refuse_to_set(self: object, name: str, value: object) -> None:  # noqa: ARG001 - the signature is the language's
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:  # noqa: ARG001 - as above
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _init(kind: type) -> Any:
    found = dataclasses.fields(kind)
    known: dict[str, Any] = {"_set": object.__setattr__, "_missing": dataclasses.MISSING}
    places = {field.name: getattr(kind, field.name, None) for field in found}
    slots = {name: place.__set__ for name, place in places.items() if isinstance(place, MemberDescriptorType)}
    known |= {f"_set_{name}": put for name, put in slots.items()}  # which is faster than to look for the slot each time
    plain: list[str] = []
    named: list[str] = []
    lines: list[str] = []
    for field in found:
        name, default = field.name, ""
        if field.default is not dataclasses.MISSING:
            known[f"_{name}"], default = field.default, f"=_{name}"
        elif field.default_factory is not dataclasses.MISSING:
            known[f"_make_{name}"], default = field.default_factory, "=_missing"
        value = f"_make_{name}() if {name} is _missing else {name}" if default == "=_missing" else name
        if not field.init:
            if not default:
                continue
            value = f"_make_{name}()" if default == "=_missing" else f"_{name}"
        else:
            (named if field.kw_only else plain).append(f"{name}{default}")
        put = f"_set_{name}(self, " if name in slots else f"_set(self, {name!r}, "
        lines.append(f"  {put}{value})")
    listed = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    return _compiled(f"def __init__({listed}):\n" + "\n".join([*lines, "  pass"]), "__init__", known)


def _repr(kind: type) -> Any:
    shown = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in dataclasses.fields(kind) if field.repr)
    line = f"def __repr__(self):\n  return self.__class__.__qualname__ + f'({shown})'"
    return _compiled(line, "__repr__", {})


def _eq(kind: type) -> Any:
    compared = [field.name for field in dataclasses.fields(kind) if field.compare]
    lines = [
        "def __eq__(self, other):",
        "  if other.__class__ is not self.__class__:",
        "    return NotImplemented",
        f"  return {_tuple('self', compared)} == {_tuple('other', compared)}",
    ]
    return _compiled("\n".join(lines), "__eq__", {})


def _hash(kind: type) -> Any:
    counted = [
        field.name for field in dataclasses.fields(kind) if (field.compare if field.hash is None else field.hash)
    ]
    return _compiled(f"def __hash__(self):\n  return hash({_tuple('self', counted)})", "__hash__", {})


def _tuple(owner: str, names: list[str]) -> str:
    return f"({''.join(f'{owner}.{name}, ' for name in names)})"


def _compiled(source: str, name: str, known: dict[str, Any]) -> Any:
    exec(source, known)  # noqa: S102 - made of the names of our own fields, as the standard library does
    return known[name]


_MAKERS = {"__init__": _init, "__repr__": _repr, "__eq__": _eq, "__hash__": _hash}
