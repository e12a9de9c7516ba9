"""The command `callcenter`. Each command's module is loaded when the command is used: most need little of the rest."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import click

from callcenter.cli.context import Asked

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("service", "serve"),
    "db": ("admin", "db"),
    "doctor": ("checkup", "doctor"),
    "dial": ("calling", "dial"),
    "hang-up": ("calling", "hang_up"),
    "status": ("calling", "status"),
    "callbacks": ("callbacks", "callbacks"),
    "queue": ("queue", "queue"),
    "cadences": ("cadences", "cadences"),
    "attempts": ("listing", "attempts"),
    "logs": ("logs", "logs"),
    "visits": ("paper", "visits"),
    "scripts": ("scripts", "scripts"),
    "problems": ("problems", "problems"),
    "corrections": ("corrections", "corrections"),
    "returns": ("returns", "returns"),
    "recordings": ("recordings", "recordings"),
    "explain": ("listing", "explain"),
    "accounts": ("people", "accounts"),
    "audit": ("people", "audit"),
    "optouts": ("restraints", "optouts"),
    "blocklists": ("restraints", "blocklists"),
    "agents": ("admin", "agents"),
    "plans": ("plans", "plans"),
    "policies": ("policies", "policies"),
    "calendar": ("calendar", "calendar"),
    "sample": ("admin", "sample"),
}
"""Command: module of this package, and name in it."""


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command = getattr(import_module(f"callcenter.cli.{module}"), name)
        assert isinstance(command, click.Command)  # noqa: S101 (for the type checker)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings file; else CALLCENTER_CONFIG, else callcenter.toml here.",
)
@click.version_option(package_name="callcenter")
@click.pass_context
def main(context: click.Context, config: Path | None) -> None:
    """Customer follow-up calls: queued, dialled inside the calling hours, retried by rule, recorded, kept."""
    context.obj = Asked(config)
