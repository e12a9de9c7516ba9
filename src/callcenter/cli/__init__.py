"""The command `callcenter`."""

from pathlib import Path

import click

from callcenter.cli.admin import agents, db, policies, sample
from callcenter.cli.calling import dial, hang_up, status
from callcenter.cli.context import Asked
from callcenter.cli.listing import attempts, callbacks, explain
from callcenter.cli.logs import logs
from callcenter.cli.recordings import recordings
from callcenter.cli.service import doctor, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
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


for command in (
    serve,
    db,
    doctor,
    dial,
    hang_up,
    status,
    callbacks,
    attempts,
    logs,
    recordings,
    explain,
    agents,
    policies,
    sample,
):
    main.add_command(command)
