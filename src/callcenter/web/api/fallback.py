"""Calls made on another phone (C6-21): logged, and their recordings handed in."""

from datetime import datetime

from aiohttp import web
from pydantic import Field, ValidationError

from callcenter.domain.access import Permission
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action
from callcenter.domain.outcomes import Outcome
from callcenter.domain.recording import ArchiveFullError, Fallback, NotTakenError, NotTakenWhy
from callcenter.domain.refusal import Refusal
from callcenter.domain.visits.fallback import LONGEST_SECONDS, AttachMistake, OutsideCall, OutsideMistake, may_attach
from callcenter.domain.visits.records import RecordingRecord
from callcenter.domain.visits.searches import AttemptFound
from callcenter.engine.fallback import HandedIn, NotAttachedError
from callcenter.engine.outside import OutsideWrongError
from callcenter.engine.uploads import Upload
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.evidence import AttemptItem, found_by_path, show_attempt
from callcenter.web.asked import Asked, Moment, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, forbidden, parts_of
from callcenter.web.problems import FieldProblem, Problem, members, refused, wrong
from callcenter.web.routes import Route
from callcenter.web.uploading import FILE, MULTIPART, forget, receive_form, receive_raw

WRITERS = frozenset({Permission.USE_DESK, Permission.CHANGE_QUEUE})
LONGEST_PHONE = 100
TOLD = {
    OutsideMistake.FUTURE: ("ended_at", N_("lies in the future")),
    OutsideMistake.ORDER: ("ended_at", N_("lies before the beginning")),
    OutsideMistake.LONG: ("ended_at", N_("is more than four hours after the beginning")),
    OutsideMistake.OLD: ("began_at", N_("is more than 31 days ago")),
    OutsideMistake.PHONE: ("phone", N_("is missing")),
    OutsideMistake.OUTCOME: ("outcome", N_("cannot be told of a call on another phone")),
}
NOT_TAKEN = {
    NotTakenWhy.NO_SOUND: N_("is no recording that can be read: send WAV, FLAC, MP3, Ogg, M4A, 3GP or AMR"),
    NotTakenWhy.EMPTY: N_("holds no sound"),
    NotTakenWhy.TOO_LONG: N_("is longer than {hours} hours"),
    NotTakenWhy.VIDEO: N_("is a video: send its sound alone"),
    NotTakenWhy.DAMAGED: N_("is cut off or damaged: send the whole recording as the phone made it"),
}
NOT_ATTACHED = {
    AttachMistake.OWN: N_("This dial has its own recording, which nothing replaces. Log the other call as a dial."),
    AttachMistake.TAKEN: N_("Another file was handed in for this dial already; it stays."),
    AttachMistake.LIVE: N_("The call goes on, or its own recording is still being kept; try again afterwards."),
    AttachMistake.NOT_DIALLED: N_("This dial never reached the customer. Log the call on the other phone first."),
    AttachMistake.BEFORE: N_("The recording cannot have begun before the call, nor in the future."),
}


class OutsideAsked(Asked):
    """A call that I made on another phone."""

    number: int = Field(default=0, ge=0, le=100, description="Which of the customer's numbers; 0 is the first.")
    began_at: Moment
    ended_at: Moment
    phone: str = Field(max_length=LONGEST_PHONE, description="On which one, for example `duty mobile 139…`.")
    outcome: Outcome = Field(description="How it ended.")


class HandInAsked(Asked):
    """Beside the file: parameters of the address, or fields of the form."""

    name: str = Field(default="", max_length=500, description="The file's name; a form names it itself.")
    phone: str = Field(default="", max_length=LONGEST_PHONE, description="Empty: the one that the call names.")
    made_at: Moment | None = Field(default=None, description="When it begins; else when the customer answered.")


class FallbackShown(Answer):
    """That a recording was made on another phone, and handed in."""

    phone: str
    name: str = Field(description="Of the file as it was sent.")
    sha256: str = Field(description="Of the file as it was sent; it is kept as FLAC.")
    added_at: Instant
    added_by: str = Field(description="The login.")


class HandedInShown(Answer):
    attempt_id: str
    state: str
    sha256: str = Field(description="Of the file that is kept.")
    duration_ms: int
    keep_until: Instant | None
    fallback: FallbackShown


def show_fallback(mark: Fallback) -> FallbackShown:
    return FallbackShown(**{name: getattr(mark, name) for name in FallbackShown.model_fields})


async def log_call(request: web.Request) -> web.Response:
    case, asked = await mine.case_of(request), await body_of(request, OutsideAsked)
    numbers = case.customer.numbers
    if asked.number >= len(numbers):
        raise Problem("invalid", errors=[wrong("number", N_("this customer has {count} numbers"), count=len(numbers))])
    made = OutsideCall(numbers[asked.number], asked.began_at, asked.ended_at, asked.phone, asked.outcome)
    attempt = await logged(request, case.callback.id, made)
    found = await parts_of(request).searches.attempt(attempt.id)
    if found is None:
        raise Problem("not_found")
    return answer(show_attempt(found, account_of(request)), 201)


async def logged(request: web.Request, callback_id: str, made: OutsideCall) -> Attempt:
    """Raises Problem: invalid, refused."""
    parts = parts_of(request)
    agent = await parts.people.agent(mine.agent_of(request))
    if agent is None:
        raise Problem("not_found")
    try:
        found = await parts.service.outside.log(agent, callback_id, made)
    except OutsideWrongError as error:
        told = [FieldProblem(field=TOLD[each][0], message=TOLD[each][1]) for each in error.mistakes]
        raise Problem("invalid", errors=told) from error
    if isinstance(found, Refusal):
        raise refused(found, mine.zone_of(request))
    detail = {"callback": callback_id, "phone": found.phone, "outcome": made.outcome.value}
    await audit(request, Action.CALL_LOGGED, "attempt", found.id, **detail)
    return found


async def hand_in(request: web.Request) -> web.Response:
    found = await attachable(request)
    if request.content_type == MULTIPART:
        received = await receive_form(request)
        if received.upload is None:
            raise no_file()
        upload, asked = received.upload, await _fields(request, received.upload, received.fields)
    else:
        asked = query_of(request, HandInAsked)
        upload = await receive_raw(request, asked.name)
    record, new = await handed_in(request, found, upload, asked.phone, asked.made_at)
    kept, mark = record.kept, record.fallback
    if kept is None or mark is None:
        raise Problem("unavailable")
    shown = HandedInShown(
        attempt_id=record.attempt_id,
        state=record.state,
        sha256=kept.sha256,
        duration_ms=kept.duration_ms,
        keep_until=record.keep_until,
        fallback=show_fallback(mark),
    )
    return answer(shown, 201 if new else 200)


async def attachable(request: web.Request) -> AttemptFound:
    """The attempt that the path names, for who may hand in its recording. Raises Problem: not_found, forbidden."""
    found = await found_by_path(request)
    if not may_attach(account_of(request), found.attempt.agent_id):
        raise await forbidden(request, "attempt", found.attempt.id, Permission.CHANGE_QUEUE)
    return found


async def handed_in(
    request: web.Request, found: AttemptFound, upload: Upload, phone: str, made_at: datetime | None
) -> tuple[RecordingRecord, bool]:
    """The recording as it then is, and whether it was not so before; the upload is forgotten in any case.

    Raises Problem: invalid, taken, unavailable.
    """
    parts, attempt_id = parts_of(request), found.attempt.id
    handed = HandedIn(upload.path, upload.file_name, account_of(request).login, phone, made_at)
    try:
        made = await parts.fallbacks.prepare(attempt_id, handed)
        if made is not None:
            async with parts.audit.together():
                await parts.fallbacks.attach(made)
                detail = {"sha256": made.kept.sha256, "original": made.mark.sha256, "phone": made.mark.phone}
                await audit(request, Action.HANDED_IN, "recording", attempt_id, **detail)
            return await parts.fallbacks.prove(made), True
    except NotAttachedError as error:
        raise Problem("taken", NOT_ATTACHED[error.why]) from error
    except NotTakenError as error:
        text = NOT_TAKEN[error.why]
        raise Problem("invalid", errors=[wrong(FILE, text, hours=LONGEST_SECONDS // 3600)]) from error
    except ArchiveFullError as error:
        raise Problem("unavailable") from error
    finally:
        await forget(request, upload)
    record = await parts.recordings.get(attempt_id)
    if record is None:
        raise Problem("not_found")
    return record, False


def no_file() -> Problem:
    return Problem("invalid", errors=[FieldProblem(field=FILE, message=N_("no file was sent"))])


async def _fields(request: web.Request, upload: Upload, fields: dict[str, str]) -> HandInAsked:
    try:
        return HandInAsked.model_validate({name: value for name, value in fields.items() if value})
    except ValidationError as error:
        await forget(request, upload)
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Problem("invalid", errors=members(found)) from None


ROUTES = (
    Route(
        "POST",
        "/callbacks/{callback}/outside-calls",
        log_call,
        Permission.USE_DESK,
        "logOutsideCall",
        "Log a call that I made on another phone (C6-21). It counts as any dial, opens its visit log, and waits for "
        "its recording. The same call a second time changes nothing.",
        body=OutsideAsked,
        answer=AttemptItem,
        status=201,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/recording",
        hand_in,
        WRITERS,
        "handInRecording",
        "Hand in the recording of a dial that has none of its own: WAV, FLAC, MP3, Ogg, M4A, 3GP or AMR by its "
        "content. It is kept, verified and heard as any other, and marked as made on another phone. The same file "
        "again changes nothing.",
        query=HandInAsked,
        takes=(MULTIPART, "application/octet-stream"),
        answer=HandedInShown,
        status=201,
        problems=("taken", "too_large", "too_many", "unavailable"),
    ),
)
