"""One click dials once: the attempt that a request causes, the live calls, and what is asked of them."""

import re
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.records import AttemptRecord
from callcenter.web import handling, mine
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import Asked, Name, body_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, parts_of
from callcenter.web.problems import Problem, refused, wrong
from callcenter.web.routes import Route
from callcenter.web.shown import show_number
from callcenter.web.turns import TURNS

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
LONGEST_KEY = 200
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class DialAsked(Asked):
    number: int | None = Field(
        default=None,
        ge=0,
        le=100,
        description="Which of the customer's numbers; 0 is the first, null the one that the retry rules choose.",
    )
    overrides: dict[Rule, Reason] = Field(
        default_factory=dict,
        max_length=20,
        description="Rules to go round, each with the reason; only those that allow it. Kept in the audit.",
    )


class Dialled(Answer):
    """The attempt that the request caused."""

    attempt: str = Field(description="The attempt's id.")
    callback_id: str
    agent_id: str
    number: str = Field(description="E.164, or masked without the right to see numbers.")
    round: int
    ordinal: int = Field(description="Among all attempts of the callback, from 1.")
    slot: str = Field(description="Window in which it counts, in the customer's zone (C6-57).")
    policy: str
    policy_version: int
    started_at: Instant
    ended_at: Instant | None
    outcome: Outcome | None = Field(description="null while the call lives.")
    end_reason: EndReason | None
    caller_id: str = Field(description="What the customer was shown (C6-20, C6-21); empty left it to the switch.")


class LiveCall(Answer):
    """A call that is going on."""

    attempt: str = Field(description="The attempt's id.")
    callback_id: str
    agent_id: str
    number: str = Field(description="E.164, or masked without the right to see numbers.")
    node: str = Field(description="The service's instance that runs it.")
    state: CallState
    started_at: Instant
    dialled_at: Instant | None
    ringing_at: Instant | None = Field(description="First told by the network that it rings.")
    progress_at: Instant | None = Field(description="First sound from the network.")
    answered_at: Instant | None
    ring_seconds: int = Field(description="How long it rings at least (C6-55).")
    paused_at: Instant | None = Field(description="Since when the recording is paused; null: it is not.")
    pause_seconds: int = Field(description="So long it may be paused at a time; 0: not at all.")


class LiveCalls(Answer):
    items: list[LiveCall]


class HangUp(Asked):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = Field(
        default="", description="Needed while it rings, before the least ring time (C6-55)."
    )


class Join(Asked):
    endpoint: Name = Field(description="Phone of an agent, as it was set up: `PJSIP/…`.")


async def dial(request: web.Request) -> web.Response:
    asked = await body_of(request, DialAsked)
    key, agent_id = _request_key(request), mine.agent_of(request)
    async with request.app[TURNS].turn(key):
        if (done := await _done(request, key, asked.number)) is not None:
            return done
        case = await mine.case_of(request)
        number = _number(case, asked.number)
        for rule, reason in asked.overrides.items():
            await audit(request, Action.OVERRIDDEN, "callback", case.callback.id, rule=rule, reason=reason)
        found = await parts_of(request).service.dialing.dial(
            agent_id, case.callback.id, number=number, overrides=asked.overrides, request_key=key
        )
        if not isinstance(found, Refusal):
            return _dialled(request, found)
        # Another process may have been quicker with the same request.
        if (done := await _done(request, key, asked.number)) is not None:
            return done
        raise refused(found, mine.zone_of(request))


def _request_key(request: web.Request) -> str | None:
    """Of this account: nobody meets another's requests. Raises Problem: invalid."""
    given = request.headers.getall(KEY_HEADER, [])
    if not given:
        return None
    key = given[0]
    if len(given) > 1 or not _KEY.fullmatch(key):
        text = N_("one key of 1 to {count} ASCII letters, digits and signs, without blanks")
        raise Problem("invalid", errors=[wrong(KEY_HEADER, text, count=LONGEST_KEY)])
    return f"{account_of(request).id}:{key}"


async def _done(request: web.Request, key: str | None, place: int | None) -> web.Response | None:
    """The answer to a request that was made before. place: of the number, where it was
    chosen. Raises Problem: other_request."""
    record = await parts_of(request).attempts.of_request(key) if key is not None else None
    if record is None:
        return None
    if record.attempt.callback_id != request.match_info["callback"]:
        raise Problem("other_request")
    case = await parts_of(request).callbacks.case(record.attempt.callback_id)
    numbers = case.customer.numbers if case else ()
    if place is not None and (place >= len(numbers) or numbers[place] != record.attempt.number):
        raise Problem("other_request")
    response = _dialled(request, record.attempt)
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _number(case: Case, place: int | None) -> PhoneNumber | None:
    """Raises Problem: invalid. A customer without any number is refused by its rule."""
    numbers = case.customer.numbers
    if place is None:
        return None
    if place < len(numbers):
        return numbers[place]
    if place == 0:
        return None
    raise Problem("invalid", errors=[wrong("number", N_("this customer has {count} numbers"), count=len(numbers))])


def _dialled(request: web.Request, attempt: Attempt) -> web.Response:
    whole = account_of(request).may(Permission.SEE_NUMBERS)
    shown = Dialled(
        attempt=attempt.id,
        callback_id=attempt.callback_id,
        agent_id=attempt.agent_id,
        number=show_number(attempt.number, whole=whole),
        round=attempt.round,
        ordinal=attempt.ordinal,
        slot=attempt.slot,
        policy=attempt.policy,
        policy_version=attempt.policy_version,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome,
        end_reason=attempt.end_reason,
        caller_id=attempt.caller_id,
    )
    return answer(shown, 201)


async def live_calls(request: web.Request) -> web.Response:
    account = account_of(request)
    records = await parts_of(request).attempts.live()
    if not account.may(Permission.READ_QUEUE) and not account.may(Permission.READ_VISITS):
        records = [record for record in records if record.attempt.agent_id == account.agent_id]
    whole = account.may(Permission.SEE_NUMBERS)
    return answer(LiveCalls(items=[show_live(record, whole=whole) for record in records]))


def show_live(record: AttemptRecord, *, whole: bool) -> LiveCall:
    """whole: the number is shown unmasked."""
    attempt, call = record.attempt, record.call
    return LiveCall(
        attempt=attempt.id,
        callback_id=attempt.callback_id,
        agent_id=attempt.agent_id,
        number=show_number(attempt.number, whole=whole),
        node=call.node,
        state=call.state,
        started_at=attempt.started_at,
        dialled_at=call.dialled_at,
        ringing_at=call.ringing_at,
        progress_at=call.progress_at,
        answered_at=call.answered_at,
        ring_seconds=call.terms.ring_seconds,
        paused_at=call.pause.began_at if call.pause else None,
        pause_seconds=call.terms.pause_seconds,
    )


async def hang_up(request: web.Request) -> web.Response:
    asked = await body_of(request, HangUp)
    record = await mine.own_attempt(request)
    return _asked_of_call(request, handling.hang_up(parts_of(request).service, record.attempt.id, asked.reason))


async def join(request: web.Request) -> web.Response:
    asked = await body_of(request, Join)
    record = await mine.own_attempt(request)
    return _asked_of_call(request, await handling.join(parts_of(request).service, record.attempt.id, asked.endpoint))


def _asked_of_call(request: web.Request, refusal: Refusal | None) -> web.Response:
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    return web.Response(status=202)


WATCHERS = frozenset({Permission.USE_DESK, Permission.READ_QUEUE, Permission.READ_VISITS})
"""Who sees calls move: agents their own, the others all."""

_DESK = Permission.USE_DESK
ROUTES = (
    Route(
        "POST",
        "/callbacks/{callback}/dial",
        dial,
        _DESK,
        "dial",
        "Dial a callback; the attempt is written before anything rings. With a key, a request that is repeated, also "
        f"at the same moment, dials once and is answered with the same attempt and `{REPLAYED_HEADER}: true`.",
        body=DialAsked,
        headers={KEY_HEADER: "Names this click; 1 to 200 printable characters without blanks."},
        answer=Dialled,
        status=201,
        problems=("refused", "other_request"),
    ),
    Route("GET", "/calls", live_calls, WATCHERS, "liveCalls", "Calls that are going on.", answer=LiveCalls),
    Route(
        "POST",
        "/attempts/{attempt}/hang-up",
        hang_up,
        _DESK,
        "hangUp",
        "End my call.",
        body=HangUp,
        status=202,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/join",
        join,
        _DESK,
        "join",
        "Bring another agent's phone into my call, in place of the one that is in it.",
        body=Join,
        status=202,
        problems=("refused",),
    ),
)
