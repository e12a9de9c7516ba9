"""`callcenter dial` and `callcenter hang-up`: one call, followed live, through the running service."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import aiohttp
import click

from callcenter.cli.context import Asked, ServiceAwayError, ask, away, control
from callcenter.cli.narration import Narrator
from callcenter.cli.options import JSON
from callcenter.cli.output import console, fail, print_json, print_values
from callcenter.settings import Settings

REFUSED_CODE = 3


@click.command()
@click.option("--agent", required=True, help="The agent's id or staff number.")
@click.option("--callback", "callback_id", help="This callback; without it the next in the agent's queue.")
@click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="RULE=REASON",
    help="Go round a rule that allows it.",
)
@click.option("--talk-seconds", type=click.FloatRange(min=0), help="For trials: hang up after so many seconds of talk.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def dial(
    asked: Asked,
    agent: str,
    callback_id: str | None,
    overrides: tuple[str, ...],
    talk_seconds: float | None,
    as_json: bool,
) -> None:
    """Dial a callback and follow the call live until its recording is kept.

    The agent's phone rings first. Ctrl-C stops following; the call goes on. Exit code 3: refused, 4: not answered.
    """
    if callback_id is not None and not callback_id.strip():
        raise click.BadParameter("is empty", param_hint="--callback")
    settings = asked.settings()
    wanted = {"agent": agent, "callback": callback_id, "overrides": dict(_override(each) for each in overrides)}
    try:
        code = asyncio.run(_followed(settings, wanted, talk_seconds, as_json=as_json))
    except ServiceAwayError:
        fail(away(settings))
    except KeyboardInterrupt:
        console.print("\nNo longer following; the call goes on. To end it: callcenter hang-up ATTEMPT")
        code = 0
    raise SystemExit(code)


def _override(text: str) -> tuple[str, str]:
    rule, equals, reason = text.partition("=")
    if not equals or not reason.strip():
        raise click.BadParameter("write it as RULE=REASON", param_hint="--override")
    return rule.strip(), reason.strip()


async def _followed(settings: Settings, wanted: dict[str, Any], talk_seconds: float | None, *, as_json: bool) -> int:
    narrator = Narrator(settings.calls.default_zone, settings.recordings.archive)
    ending: asyncio.Task[None] | None = None
    async for update in _updates(settings, wanted):
        if as_json:
            click.echo(json.dumps(update, ensure_ascii=False))
        narrator.hear(update, silent=as_json)
        if talk_seconds is not None and ending is None and update.get("state") == "talking":
            ending = asyncio.create_task(_end_after(settings, str(update["attempt"]), talk_seconds))
    if ending is not None:
        ending.cancel()
    if narrator.broken_off:
        fail("The service ended while the call went on; it is adopted when the service starts again.")
    return narrator.exit_code


async def _end_after(settings: Settings, attempt: str, seconds: float) -> None:
    await asyncio.sleep(seconds)
    with suppress(ServiceAwayError):
        await ask(settings, "POST", "/hang-up", attempt=attempt)


async def _updates(settings: Settings, wanted: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
    try:
        async with control(settings) as session, session.post("/dial", json=wanted) as response:
            if response.status != HTTPStatus.OK:
                fail(await response.text())
            async for line in response.content:
                yield json.loads(line)
    except aiohttp.ClientPayloadError:
        return
    except aiohttp.ClientConnectionError as error:
        raise ServiceAwayError from error


@click.command()
@JSON
@click.pass_obj
def status(asked: Asked, as_json: bool) -> None:
    """Is the service running, and what keeps it from dialling?"""
    settings = asked.settings()
    try:
        _, answer = asyncio.run(ask(settings, "GET", "/status"))
    except ServiceAwayError:
        fail(away(settings))
    if as_json:
        print_json(answer)
    else:
        print_values(answer)


@click.command("hang-up")
@click.argument("attempt")
@click.option("--reason", default="", help="Needed while the customer's phone has rung less than the policy's time.")
@click.pass_obj
def hang_up(asked: Asked, attempt: str, reason: str) -> None:
    """End a call, or cancel it while it rings."""
    settings = asked.settings()
    try:
        status, answer = asyncio.run(ask(settings, "POST", "/hang-up", attempt=attempt, reason=reason))
    except ServiceAwayError:
        fail(away(settings))
    if status >= HTTPStatus.BAD_REQUEST:
        fail(answer["message"] if isinstance(answer, dict) else str(answer), code=REFUSED_CODE)
    console.print("asked to hang up")
