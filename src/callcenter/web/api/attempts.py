"""What was dialled, when did it ring, who hung up? Attempts, and every event of each."""

import json
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call, CallState
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.records import JournalEntry, RecordingStep
from callcenter.web.api.answers import Answer, Instant, Page, answer
from callcenter.web.api.evidence import (
    READERS,
    AttemptItem,
    VisitsAsked,
    next_of,
    place_of,
    readable,
    searched,
    show_attempt,
)
from callcenter.web.asked import query_of
from callcenter.web.parts import account_of, parts_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route


class RingProof(Answer):
    """How long did it ring (C6-55)? Counted from the first sign of ringing to the answer, or to the end."""

    dialled_at: Instant | None = Field(description="null where the customer was never dialled.")
    ringing_at: Instant | None = Field(description="The network told that the phone rings.")
    progress_at: Instant | None = Field(description="The network began to send sound: ring-back, an announcement.")
    first_sign_at: Instant | None = Field(description="The earlier of the two.")
    until: Instant | None = Field(description="Answered, or ended.")
    rang_seconds: float | None = Field(description="null where it never rang, or still rings.")
    least_seconds: int = Field(description="So long it had to ring before our side might give up.")
    long_enough: bool | None = Field(
        description="Whether it rang so long; null where it was answered, never rang, or still rings. The customer and "
        "his network may end it earlier."
    )


class CallFacts(Answer):
    state: CallState
    node: str = Field(description="The service's instance that ran it.")
    answered_at: Instant | None
    ended_at: Instant | None
    talk_seconds: float | None = Field(description="From the answer to the end.")
    hung_up_first: str = Field(
        description="`customer` or `agent`: whose end asked first; empty where it was not seen (C7-07)."
    )
    hang_up_reason: str = Field(description="What the agent gave as the reason for an early end.")
    cause: int | None = Field(description="Q.850 cause.")
    sip: int | None = Field(description="Last SIP status.")
    segments: int = Field(description="Of the recording.")
    ring: RingProof


class StepShown(Answer):
    """One step of a recording's life."""

    at: Instant
    state: RecordingState
    detail: str


class JournalItem(Answer):
    """One event of the call, as it was handled."""

    at: Instant
    event: str
    detail: dict[str, Any]


class AttemptShown(Answer):
    """One dial with everything that happened."""

    attempt: AttemptItem
    policy: str = Field(description="The policy that allowed it.")
    policy_version: int
    call: CallFacts
    journal: list[JournalItem]
    recording_steps: list[StepShown]
    keep_until: Instant | None = Field(description="The recording is not deleted before.")


async def list_attempts(request: web.Request) -> web.Response:
    asked = query_of(request, VisitsAsked)
    search = await searched(request, asked)
    found = await parts_of(request).searches.attempts(search, place_of(asked), asked.limit)
    account = account_of(request)
    items = [show_attempt(each, account) for each in found]
    return answer(Page[AttemptItem](items=items, next=next_of(found, asked.limit)))


async def get_attempt(request: web.Request) -> web.Response:
    found = await readable(request)
    parts, account, attempt_id = parts_of(request), account_of(request), found.attempt.id
    record = await parts.attempts.get(attempt_id)
    if record is None:
        raise Problem("not_found")
    recording = await parts.recordings.get(attempt_id)
    hidden = None if account.may(Permission.SEE_NUMBERS) else record.attempt
    return answer(
        AttemptShown(
            attempt=show_attempt(found, account),
            policy=record.attempt.policy,
            policy_version=record.attempt.policy_version,
            call=show_call(record.call),
            journal=[_entry(entry, hidden) for entry in await parts.attempts.journal(attempt_id)],
            recording_steps=[show_step(step) for step in recording.steps] if recording else [],
            keep_until=recording.keep_until if recording else None,
        )
    )


def show_call(call: Call) -> CallFacts:
    talked = (call.ended_at - call.answered_at).total_seconds() if call.ended_at and call.answered_at else None
    return CallFacts(
        state=call.state,
        node=call.node,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        talk_seconds=talked,
        hung_up_first=call.hung_up_first,
        hang_up_reason=call.hang_up_reason,
        cause=call.cause,
        sip=call.sip,
        segments=call.segment,
        ring=show_ring(call),
    )


def show_ring(call: Call) -> RingProof:
    until = call.answered_at or call.ended_at
    rang = (until - call.first_sign_at).total_seconds() if until and call.first_sign_at else None
    least = call.terms.ring_seconds
    return RingProof(
        dialled_at=call.dialled_at,
        ringing_at=call.ringing_at,
        progress_at=call.progress_at,
        first_sign_at=call.first_sign_at,
        until=until,
        rang_seconds=rang,
        least_seconds=least,
        long_enough=None if rang is None or call.answered_at else rang >= least,
    )


def show_step(step: RecordingStep) -> StepShown:
    return StepShown(at=step.at, state=step.state, detail=step.detail)


def _entry(entry: JournalEntry, hidden: Attempt | None) -> JournalItem:
    """hidden: whose number is masked wherever it stands."""
    text = entry.detail
    if hidden is not None:
        for digits in (hidden.number.e164.removeprefix("+"), hidden.number.national):
            text = text.replace(digits, hidden.number.masked)
    return JournalItem(at=entry.at, event=entry.event, detail=json.loads(text))


ROUTES = (
    Route(
        "GET",
        "/attempts",
        list_attempts,
        READERS,
        "listAttempts",
        "Dials, the newest first; agents see their own.",
        query=VisitsAsked,
        answer=Page[AttemptItem],
    ),
    Route(
        "GET",
        "/attempts/{attempt}",
        get_attempt,
        READERS,
        "getAttempt",
        "One dial: when it rang, who hung up, every event, every step of its recording.",
        answer=AttemptShown,
    ),
)
