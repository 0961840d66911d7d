"""Groups of commands: one that loads a command when it is called, and one that lists when nothing else is said."""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

import typer.main
from typer.core import TyperCommand, TyperGroup

from portal_cli import arranging, output
from portal_cli.registry import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from portal_cli.registry import Entry

_ROOT_ONLY = frozenset({"install_completion", "show_completion"})


class LazyGroup(TyperGroup):
    """The commands of the registry: the help knows them all by their line, and only the one called is imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._pending = dict(COMMANDS)
        for name, entry in COMMANDS.items():
            self.commands[name] = TyperCommand(name=name, help=entry.help)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the signature is the library's
        """Every command, in the order of the registry."""
        return list(self.commands)

    def get_help_option(self, ctx: Any) -> Any:
        """The option that shows the help."""
        return _help_option(super().get_help_option, ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that was called, imported now."""
        if args and (entry := self._pending.pop(args[0], None)):
            self.commands[args[0]] = _load(args[0], entry)
        return super().resolve_command(ctx, args)


class ListingGroup(TyperGroup):
    """A noun's commands; without one, `list` is meant: `portal refills --json` is `portal refills list --json`."""

    default = "list"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` in front of what names no command."""
        if ctx.resilient_parsing:  # a completion wants the names that there are
            return super().parse_args(ctx, args)
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class NamedListingGroup(ListingGroup):
    """As above, for a `list` that takes a name: `portal labs glucose` is `portal labs list glucose`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `list` in front of what names no other command."""
        if not ctx.resilient_parsing and args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class RunGroup(ListingGroup):
    """A verb's commands; unless another of them is named, `run` is meant, whatever else is said."""

    default = "run"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `run` in front of what names no other command."""
        if not ctx.resilient_parsing and not (args and (args[0] in self.commands or args[0] in ctx.help_option_names)):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def path_of(root: Any, arguments: list[str]) -> str:
    """The command that a command line has called, in full: `portal labs list` for `portal labs --json`."""
    words, here = ["portal"], root
    for word in [*arguments, ""]:
        inside = getattr(here, "commands", {})
        meant = word if word in inside else getattr(here, "default", "")
        if meant not in inside:
            break
        words.append(meant)
        here = inside[meant]
        if meant != word:
            break
    return " ".join(words)


def _load(name: str, entry: Entry) -> Any:
    found = typer.main.get_command(importlib.import_module(entry.module).app)
    found.name = name
    _make_plain(found)
    return found


def _make_plain(command: Any) -> None:
    """Plain help starts in half the time and reads the same in a pipe; completion belongs to the root alone."""
    command.params = [option for option in command.params if option.name not in _ROOT_ONLY]
    command.rich_markup_mode = None
    command.get_help_option = functools.partial(_help_option, command.get_help_option)
    arranging.add_to(command)
    for inner in getattr(command, "commands", {}).values():
        _make_plain(inner)


def _help_option(usual: Callable[[Any], Any], ctx: Any) -> Any:
    """The library's option for help, which prints as everything else is printed: to a reader who may have gone."""
    option = usual(ctx)
    if option is not None:
        option.callback = _show_help
    return option


def _show_help(ctx: Any, _: Any, is_wanted: bool) -> None:  # noqa: FBT001 - the signature is the library's
    if is_wanted and not ctx.resilient_parsing:
        output.usage(ctx.get_help())
        ctx.exit()
