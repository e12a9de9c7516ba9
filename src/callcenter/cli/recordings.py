"""`callcenter recordings`: is everything that should be kept there, and unchanged? And the recorder of a live talk."""

import asyncio
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import click
from rich.progress import Progress

from callcenter.app.archive import ARCHIVE_MARK, archive_of
from callcenter.app.books import Books
from callcenter.app.handing_in import fallbacks
from callcenter.cli.books import with_books
from callcenter.cli.context import Asked, ServiceAwayError, ask, away, user_here
from callcenter.cli.options import JSON
from callcenter.cli.output import console, fail, print_json, print_rows, said
from callcenter.domain.audit import Action, Deed
from callcenter.domain.recording import (
    ArchiveFullError,
    KeptRecording,
    MissingReason,
    NotTakenError,
    NotTakenWhy,
    PauseReason,
    RecordingState,
)
from callcenter.domain.visits.fallback import LONGEST_SECONDS, AttachMistake
from callcenter.domain.visits.records import RecordingRecord
from callcenter.engine.clock import WallClock
from callcenter.engine.evidence import Evidence, EvidenceParts
from callcenter.engine.fallback import HandedIn, NotAttachedError
from callcenter.engine.feed import Feed
from callcenter.engine.ports import Archive
from callcenter.settings import Settings

REFUSED_CODE = 3

NOT_ATTACHED = {
    AttachMistake.OWN: "This dial has its own recording, which nothing replaces. Log the other call as a dial.",
    AttachMistake.TAKEN: "Another file was handed in for this dial already; it stays.",
    AttachMistake.LIVE: "The call goes on, or its own recording is still being kept; try again afterwards.",
    AttachMistake.NOT_DIALLED: "This dial never reached the customer. Log the call on the other phone first.",
    AttachMistake.BEFORE: "The recording cannot have begun before the call, nor in the future.",
}
NOT_TAKEN = {
    NotTakenWhy.NO_SOUND: "The file is no recording that can be read: give WAV, FLAC, MP3, Ogg, M4A, 3GP or AMR.",
    NotTakenWhy.EMPTY: "The file holds no sound.",
    NotTakenWhy.VIDEO: "The file is a video: give its sound alone.",
    NotTakenWhy.DAMAGED: "The file is cut off or damaged: give the whole recording as the phone made it.",
    NotTakenWhy.TOO_LONG: f"The file is longer than {LONGEST_SECONDS // 3600} hours.",
}


@click.group()
def recordings() -> None:
    """The archive of recordings, and the recorder of a talk that goes on."""


@recordings.command()
@click.argument("attempt")
@click.option("--kind", type=click.Choice([each.value for each in PauseReason]), default="other", show_default=True)
@click.option("--reason", default="", help="Why, in your own words; `other` needs them. It stands with the recording.")
@click.pass_obj
def pause(asked: Asked, attempt: str, kind: str, reason: str) -> None:
    """Let the recording of a talk be silent, where its policy allows it. Exit code 3: refused."""
    if kind == PauseReason.OTHER and not reason.strip():
        raise click.BadParameter("is needed where --kind is other", param_hint="--reason")
    _asked_of_call(
        asked, "/pause", "paused; it goes on by itself after the policy's time", attempt, kind=kind, reason=reason
    )


@recordings.command()
@click.argument("attempt")
@click.pass_obj
def resume(asked: Asked, attempt: str) -> None:
    """Record a paused talk again. Exit code 3: refused."""
    _asked_of_call(asked, "/resume", "recorded again", attempt)


@recordings.command()
@click.argument("attempt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--phone", default="", help="On which phone it was made; the attempt's, if none is given.")
@click.option(
    "--made-at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), help="When it begins; else when the customer answered."
)
@with_books
async def attach(
    settings: Settings, books: Books, attempt: str, file: Path, phone: str, made_at: datetime | None
) -> None:
    """Hand in FILE as the recording of ATTEMPT, which was made on another phone and has none of its own.

    WAV, FLAC, MP3, Ogg, M4A, 3GP or AMR by its content; kept as FLAC, verified, and marked. The same file again
    changes nothing.
    """
    kept = archive_of(settings)
    handing = fallbacks(books, kept)
    try:
        made = await handing.prepare(attempt, HandedIn(file, file.name, user_here(), phone, made_at))
        if made is None:
            console.print("handed in before; nothing was changed")
            return
        detail = {"sha256": made.kept.sha256, "original": made.mark.sha256, "phone": made.mark.phone}
        async with books.audit.together():
            await handing.attach(made)
            deed = Deed(datetime.now(UTC), Action.HANDED_IN, "", user_here(), "recording", attempt, detail)
            await books.audit.write(deed)
        await handing.prove(made)
    except LookupError:
        fail(f"There is no attempt {attempt}.")
    except NotAttachedError as error:
        fail(NOT_ATTACHED[error.why], code=REFUSED_CODE)
    except NotTakenError as error:
        fail(NOT_TAKEN[error.why], code=REFUSED_CODE)
    except ArchiveFullError as error:
        fail(str(error))
    finally:
        kept.close()
    console.print(f"kept: {made.kept.path}, {made.kept.duration_ms / 1000:.1f} s, sha256 {made.kept.sha256}")


def _asked_of_call(asked: Asked, path: str, done: str, attempt: str, **values: str) -> None:
    settings = asked.settings()
    try:
        status, answer = asyncio.run(ask(settings, "POST", path, attempt=attempt, **values))
    except ServiceAwayError:
        fail(away(settings))
    if status >= HTTPStatus.BAD_REQUEST:
        fail(answer["message"] if isinstance(answer, dict) else str(answer), code=REFUSED_CODE)
    console.print(done)


@recordings.command()
@JSON
@with_books
async def verify(settings: Settings, books: Books, *, as_json: bool) -> None:
    """Read every kept recording and compare it with its hash; list files that no attempt knows.

    What is found stands on the pages too, and in the audit: what is missing or changed, and what is right again.

    Exit code 1 when anything is missing or changed, or a call that was dialled has no recording.
    """
    kept = archive_of(settings)
    evidence = Evidence(EvidenceParts(kept, books.recordings, WallClock(), Feed()))
    # An empty mount point misses everything: that is no finding about any recording.
    ours = (settings.recordings.archive / ARCHIVE_MARK).exists()
    findings: list[dict[str, str]] = []
    known: list[str] = []
    checked, after = 0, ""
    with Progress(console=console, transient=True, disable=as_json) as progress:
        task = progress.add_task("verifying", total=None)
        while batch := await books.recordings.all_kept(after=after):
            for record in batch:
                after = record.attempt_id
                if record.kept is None:
                    continue
                known.append(record.kept.path)
                reason = await _verified(kept, record.kept)
                if ours and _is_news(record, reason):
                    await _write_down(books, evidence, record)
                checked += 1
                progress.update(task, advance=1)
                if reason is not None:
                    findings.append({"attempt": record.attempt_id, "path": record.kept.path, "finding": reason})
    findings += [{"attempt": "", "path": path, "finding": "no_attempt_knows_it"} for path in await kept.orphans(known)]
    told = {finding["attempt"] for finding in findings}
    findings += [
        {"attempt": record.attempt_id, "path": "", "finding": f"missing: {record.reason}"}
        for record in await books.recordings.missing()
        if record.attempt_id not in told
    ]
    unfinished = await books.recordings.unfinished()
    kept.close()
    if as_json:
        print_json({"checked": checked, "unfinished": unfinished, "findings": findings})
    else:
        print_rows(findings, ("attempt", "path", "finding"), empty="Nothing is missing, nothing was changed.")
        console.print(f"{checked} recordings read and compared; {len(unfinished)} not archived yet")
    if findings:
        raise SystemExit(1)


def _is_news(record: RecordingRecord, found: str | None) -> bool:
    """Do the books say otherwise? What could not be read, and what is proven for the first time, is not theirs."""
    if isinstance(found, MissingReason):
        return record.reason is not found
    return found is None and record.state is RecordingState.MISSING


async def _write_down(books: Books, evidence: Evidence, record: RecordingRecord) -> None:
    try:
        reason = await evidence.verify(record)
    except OSError:
        return
    detail = {"found": reason or "unchanged"}
    await books.audit.write(
        Deed(datetime.now(UTC), Action.CHECKED, "", user_here(), "recording", record.attempt_id, detail)
    )


async def _verified(kept: Archive, recording: KeptRecording) -> str | None:
    """What is wrong with it; one file that cannot be read must not end the search."""
    try:
        return await kept.verify(recording.path, recording.sha256, recording.size_bytes)
    except (OSError, ValueError) as error:
        return f"cannot be read: {said(error)}"
