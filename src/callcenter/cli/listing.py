"""`callcenter attempts` and `explain`: what was dialled, and why a callback can be called, or not."""

from typing import Any

import click

from callcenter.app.books import Books
from callcenter.app.offline import explaining, offline_asking
from callcenter.cli.books import with_books
from callcenter.cli.context import ServiceAwayError, ask
from callcenter.cli.options import JSON, LIMIT
from callcenter.cli.output import console, fail, local, print_json, print_rows, print_values
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal
from callcenter.domain.words.sentences import Language, sentence
from callcenter.settings import Settings
from callcenter.web.callers import show_callers
from callcenter.web.shown import show_attempt, show_call, show_explanation


@click.command()
@click.argument("attempt_id", required=False)
@click.option("--callback", "callback_id", help="Only those of this callback.")
@LIMIT
@JSON
@with_books
async def attempts(
    settings: Settings, books: Books, *, attempt_id: str | None, callback_id: str | None, limit: int, as_json: bool
) -> None:
    """List attempts, the newest first; or show one with all its steps."""
    if attempt_id is not None:
        await _one_attempt(settings, books, attempt_id, as_json=as_json)
        return
    records = await books.attempts.latest(limit, callback_id)
    rows = [show_attempt(record.attempt) for record in records]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row["started"] = local(row["started_at"], zone)
    columns = ("attempt", "callback", "agent", "number", "ordinal", "started", "outcome", "end_reason", "slot")
    print_rows(rows, columns, empty="No attempt like that.")
    console.print(f"times: {zone}", style="dim")


async def _one_attempt(settings: Settings, books: Books, attempt_id: str, *, as_json: bool) -> None:
    record = await books.attempts.get(attempt_id)
    if record is None:
        fail(f"There is no attempt {attempt_id}.")
    recording = await books.recordings.get(attempt_id)
    journal = await books.attempts.journal(attempt_id)
    zone = settings.calls.default_zone
    shown: dict[str, Any] = {**show_attempt(record.attempt), **show_call(record.call)}
    shown["recording"] = recording.state if recording else None
    shown["recording_file"] = recording.kept.path if recording and recording.kept else None
    shown["recording_reason"] = recording.reason if recording else None
    number = record.attempt.number
    steps: list[dict[str, Any]] = [
        {"at": entry.at, "event": entry.event, "detail": _masked(entry.detail, number)} for entry in journal
    ]
    if as_json:
        print_json({**shown, "journal": steps})
        return
    print_values({name: local(value, zone) if name.endswith("_at") else value for name, value in shown.items()})
    console.print(f"times: {zone}", style="dim")
    rows = [{**step, "at": f"{local(step['at'], zone)}.{step['at'].microsecond // 1000:03}"} for step in steps]
    print_rows(rows, ("at", "event", "detail"), empty="Nothing happened yet.")


def _masked(detail: str, number: PhoneNumber) -> str:
    """A command in the journal names what was dialled, as the trunk wanted it."""
    for written in (number.e164, number.e164.removeprefix("+"), number.national):
        detail = detail.replace(written, number.masked)
    return detail


@click.command()
@click.argument("callback_id")
@click.option("--agent", help="For this agent; else for whoever may call.")
@JSON
@with_books
async def explain(settings: Settings, books: Books, *, callback_id: str, agent: str | None, as_json: bool) -> None:
    """Why can this callback be called now, or not? Every rule with its verdict, and the next opening."""
    shown = await _explained(settings, books, callback_id, agent)
    shown["callers"] = [] if agent else await _callers(settings, books, shown["case"]["zone"], callback_id)
    if as_json:
        print_json(shown)
        return
    zone = settings.calls.default_zone
    print_values({name: shown["case"][name] for name in ("callback", "customer", "number", "zone", "state", "round")})
    console.print(f"policy  {shown['policy']}")
    rows = [
        {
            "rule": verdict["rule"],
            "verdict": "ok" if verdict["ok"] else "no",
            "source": (verdict["refusal"] or {}).get("source"),
            "why": (verdict["refusal"] or {}).get("message"),
        }
        for verdict in shown["verdicts"]
    ]
    print_rows(rows, ("rule", "verdict", "source", "why"), empty="No rule could be asked.")
    if shown["callers"]:
        callers = [
            {
                "agent": each["agent"],
                "name": each["name"],
                "could call": "yes" if each["may_call"] else "no",
                "why not": " ".join(one["message"] for one in each["refusals"]),
            }
            for each in shown["callers"]
        ]
        print_rows(callers, ("agent", "name", "could call", "why not"), empty="")
    if shown["callable_now"]:
        console.print("Can be called now.", style="green")
        return
    console.print(shown["refusal"]["message"], style="red", markup=False)
    if shown["possible_at"]:
        console.print(f"Possible from {local(shown['possible_at'], zone)} ({zone}).")


async def _callers(settings: Settings, books: Books, zone: str, callback_id: str) -> list[dict[str, Any]]:
    """Who could call, as far as it is a matter of who calls."""
    found = await explaining(books, offline_asking(settings, books)).callers(callback_id)
    return [each.model_dump(mode="json") for each in show_callers(found, zone, Language.EN)]


async def _explained(settings: Settings, books: Books, callback_id: str, agent: str | None) -> dict[str, Any]:
    """Asked of the running service, which knows the switch and the recorder; else from the books alone."""
    try:
        status, answer = await ask(settings, "POST", "/explain", callback=callback_id, agent=agent)
        if status == 404:  # noqa: PLR2004 (HTTP)
            fail(answer["message"])
        if isinstance(answer, dict):
            return answer
    except ServiceAwayError:
        pass
    explanation = await offline_asking(settings, books).explain(callback_id, agent)
    if isinstance(explanation, Refusal):
        fail(sentence(explanation))
    return show_explanation(explanation)
