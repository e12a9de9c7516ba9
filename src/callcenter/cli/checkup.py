"""`callcenter doctor`."""

import asyncio

import click

from callcenter.cli.context import Asked
from callcenter.cli.options import JSON
from callcenter.cli.output import console
from callcenter.doctor import as_json as findings_as_json
from callcenter.doctor import diagnose, exit_code, render, settings_findings
from callcenter.settings import ConfigError


@click.command()
@JSON
@click.pass_obj
def doctor(asked: Asked, *, as_json: bool) -> None:
    """Check this installation against its Asterisk; every finding has its remedy. Exit code 1: something is wrong."""
    try:
        findings = asyncio.run(diagnose(asked.read()))
    except ConfigError as mistakes:
        findings = settings_findings(mistakes)
    if as_json:
        click.echo(findings_as_json(findings))
    else:
        console.print(render(findings))
    raise SystemExit(exit_code(findings))
