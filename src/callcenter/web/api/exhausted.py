"""Callbacks whose attempts are used up, each with all its attempts, and what a supervisor decides of them."""

from collections.abc import Awaitable
from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.retry import ExhaustedReason, zone_name
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.visits.exhaustion import CloseReason, Undecidable, closing_of
from callcenter.domain.visits.searches import StoppedFound, StoppedSearch
from callcenter.domain.words.sentences import number_sentence, sentence
from callcenter.engine.decisions import CallbackChangedError, CallbackNotFoundError
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, to_cursor
from callcenter.web.api.decided import DecisionShown, show_decision
from callcenter.web.api.evidence import LONGEST_KEY, key_of, place_of
from callcenter.web.asked import Asked, Moment, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, by_of, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route


class ExhaustedAsked(Paged):
    """Which callbacks."""

    closed: bool = Field(default=False, description="Instead of those that wait for a decision: those closed by one.")
    plan: str = Field(default="", max_length=LONGEST_KEY, description="Id of the plan.")
    reason: ExhaustedReason | None = Field(default=None, description="Why the round is used up.")
    customer: str = Field(default="", max_length=100, description="A part of the customer's or organisation's name.")
    number_wanted: bool = Field(default=False, description="Only those that wait for a new number (C9-20, C9-21).")


class GiveBack(Asked):
    """A new round (C9-21)."""

    version: int = Field(ge=1, description="The callback's version as it was read.")
    reason: str = Field(min_length=1, max_length=1000, description="Why it shall be tried again.")
    not_before: Moment | None = Field(default=None, description="Not dialled before; null for at once.")
    all_the_same: bool = Field(
        default=False, description="Although the policy's rounds are used up, or a new number is waited for."
    )


class NewNumber(Asked):
    """A number that was found (C9-20, C9-21)."""

    version: int = Field(ge=1, description="The callback's version as it was read.")
    number: str = Field(min_length=1, max_length=50, description="However written.")
    note: str = Field(default="", max_length=1000, description="Who found it, and where.")
    all_the_same: bool = Field(default=False, description="Although the policy's rounds are used up.")


class Close(Asked):
    """Nothing more is dialled (C9-20)."""

    version: int = Field(ge=1, description="The callback's version as it was read.")
    reason: CloseReason
    note: str = Field(default="", max_length=1000, description="Needed for the reason `other`.")


class Reopen(Asked):
    """The close is undone."""

    version: int = Field(ge=1, description="The callback's version as it was read.")


class SettleReturn(Asked):
    """The customer who rang back needs no call."""

    version: int = Field(ge=1, description="The callback's version as it was read.")
    reason: str = Field(min_length=1, max_length=1000, description="Why not.")


class AttemptMade(Answer):
    """One of the attempts."""

    id: str
    agent_id: str
    number: str = Field(description="E.164 for who may see numbers, masked for others.")
    round: int
    ordinal: int
    slot: str = Field(description="C6-57: each at a changed time.")
    started_at: Instant
    ended_at: Instant | None
    outcome: Outcome | None
    end_reason: EndReason | None
    caller_id: str = Field(description="What the customer was shown (C6-20, C6-21).")


class StoppedCallback(Answer):
    """A callback as far as a decision needs it."""

    id: str
    version: int = Field(description="Named by every decision.")
    state: CallbackState
    exhausted_reason: str = Field(description="Why the round is used up.")
    round: int
    due_at: Instant
    not_before: Instant | None
    purpose: str
    plan_id: str
    plan: str
    customer_id: str
    customer: str
    organisation: str
    manager: str = Field(description="Whose customer it is (C6-08).")
    numbers: list[str] = Field(description="E.164 for who may see numbers, masked for others.")
    zone: str = Field(description="The customer's; IANA.")
    rang_back_at: Instant | None = Field(description="The customer rang back then, and nobody talked with him since.")
    number_wanted_until: Instant | None = Field(description="So long it waits for a new number; null: for none.")


class ExhaustedItem(Answer):
    callback: StoppedCallback
    attempts: list[AttemptMade] = Field(description="Of all rounds, the oldest first.")
    decisions: list[DecisionShown] = Field(description="The oldest first.")
    closed_by: DecisionShown | None = Field(description="Which of them closed it; null for one that is not closed.")


class ExhaustedPage(Page[ExhaustedItem]):
    counts: dict[str, int] = Field(description="How many there are of each reason, over all pages.")


async def list_exhausted(request: web.Request) -> web.Response:
    asked = query_of(request, ExhaustedAsked)
    search = StoppedSearch(asked.closed, asked.plan, asked.reason or "", asked.customer.strip(), asked.number_wanted)
    store = parts_of(request).stopped
    found = await store.stopped(search, place_of(asked), asked.limit)
    last: tuple[datetime, str] | None = None
    if len(found) == asked.limit:
        last = (found[-1].case.callback.due_at, found[-1].case.callback.id)
    sees = account_of(request).may(Permission.SEE_NUMBERS)
    return answer(
        ExhaustedPage(
            items=[_item(each, sees_numbers=sees) for each in found],
            next=to_cursor(last) if last else None,
            counts=await store.stopped_by_reason(search),
        )
    )


async def give_back(request: web.Request) -> web.Response:
    asked = await body_of(request, GiveBack)
    decided = await _decided(
        parts_of(request).decisions.give_back(
            key_of(request, "callback"),
            asked.version,
            asked.reason,
            by_of(request),
            asked.not_before,
            all_the_same=asked.all_the_same,
        )
    )
    return _told(request, decided)


async def add_number(request: web.Request) -> web.Response:
    asked, callback_id = await body_of(request, NewNumber), key_of(request, "callback")
    try:
        number = await dialable(request, callback_id, asked.number)
    except MalformedNumberError as error:
        raise Problem(
            "invalid", errors=[FieldProblem(field="number", message=number_sentence(error, words_of(request).language))]
        ) from error
    decided = await _decided(
        parts_of(request).decisions.add_number(
            callback_id, asked.version, number, asked.note, by_of(request), all_the_same=asked.all_the_same
        )
    )
    return _told(request, decided)


async def dialable(request: web.Request, callback_id: str, written: str) -> PhoneNumber:
    """A number that the callback's trunk dials. Raises MalformedNumberError with a sentence, Problem: not_found."""
    parts = parts_of(request)
    case = await parts.callbacks.case(callback_id)
    if case is None:
        raise Problem("not_found")
    number = parse_number(written, parts.terms.region)
    if (refusal := parts.service.asking.barred(number, case.plan.trunk)) is not None:
        raise MalformedNumberError(sentence(refusal, words_of(request).language, parts.terms.zone))
    return number


async def close_callback(request: web.Request) -> web.Response:
    asked = await body_of(request, Close)
    decided = await _decided(
        parts_of(request).decisions.close(
            key_of(request, "callback"), asked.version, asked.reason, asked.note, by_of(request)
        )
    )
    return _told(request, decided)


async def reopen(request: web.Request) -> web.Response:
    asked = await body_of(request, Reopen)
    decided = await _decided(
        parts_of(request).decisions.reopen(key_of(request, "callback"), asked.version, by_of(request))
    )
    return _told(request, decided)


async def settle_return(request: web.Request) -> web.Response:
    asked = await body_of(request, SettleReturn)
    decided = await _decided(
        parts_of(request).decisions.settle_return(
            key_of(request, "callback"), asked.version, asked.reason, by_of(request)
        )
    )
    return _told(request, decided)


async def _decided(deciding: Awaitable[Case | Undecidable]) -> Case:
    try:
        decided = await deciding
    except CallbackNotFoundError as error:
        raise Problem("not_found") from error
    except CallbackChangedError as error:
        raise Problem("changed_meanwhile") from error
    if isinstance(decided, Undecidable):
        raise _problem(decided)
    return decided


_WRONG_VALUES = {
    Undecidable.REASON_LACKING: ("reason", N_("needs words; `other` needs a note")),
    Undecidable.TIME_PAST: ("not_before", N_("lies in the past")),
    Undecidable.TIME_TOO_FAR: ("not_before", N_("is more than a year ahead")),
    Undecidable.ROUNDS_USED_UP: ("version", N_("the policy allows no further round by telephone")),
    Undecidable.BEYOND_ROUNDS: ("all_the_same", N_("the policy's rounds are used up: say that it is meant so")),
    Undecidable.NUMBER_AWAITED: ("all_the_same", N_("a new number is waited for: say that it is meant so")),
    Undecidable.NOT_RUNG: ("version", N_("nobody waits for an answer who rang back about it")),
    Undecidable.NUMBER_KNOWN: ("number", N_("is one of the customer's already")),
}


def _problem(why: Undecidable) -> Problem:
    if why in {Undecidable.NOT_EXHAUSTED, Undecidable.NOT_CLOSED}:
        return Problem(why.value)
    field, message = _WRONG_VALUES[why]
    return Problem("invalid", errors=[FieldProblem(field=field, message=message)])


def _told(request: web.Request, case: Case) -> web.Response:
    return answer(_callback(case, sees_numbers=account_of(request).may(Permission.SEE_NUMBERS)))


def _item(found: StoppedFound, *, sees_numbers: bool) -> ExhaustedItem:
    closing = closing_of(found.case.callback, found.decisions)
    return ExhaustedItem(
        callback=_callback(found.case, sees_numbers=sees_numbers),
        attempts=[_dialled(attempt, sees_numbers=sees_numbers) for attempt in found.attempts],
        decisions=[show_decision(decision) for decision in found.decisions],
        closed_by=show_decision(closing) if closing else None,
    )


def _callback(case: Case, *, sees_numbers: bool) -> StoppedCallback:
    callback, customer, plan = case.callback, case.customer, case.plan
    return StoppedCallback(
        id=callback.id,
        version=callback.version,
        state=callback.state,
        exhausted_reason=callback.exhausted_reason or "",
        round=callback.round,
        due_at=callback.due_at,
        not_before=callback.not_before,
        purpose=callback.purpose or plan.purpose,
        plan_id=plan.id,
        plan=plan.name,
        customer_id=customer.id,
        customer=customer.name,
        organisation=customer.organisation,
        manager=customer.manager,
        numbers=[number.e164 if sees_numbers else number.masked for number in customer.numbers],
        zone=zone_name(case),
        rang_back_at=callback.rang_back_at,
        number_wanted_until=callback.number_wanted_until,
    )


def _dialled(attempt: Attempt, *, sees_numbers: bool) -> AttemptMade:
    same = {name: getattr(attempt, name) for name in AttemptMade.model_fields if name != "number"}
    return AttemptMade(**same, number=attempt.number.e164 if sees_numbers else attempt.number.masked)


_DECIDES = Permission.DECIDE_EXHAUSTED
_PROBLEMS = ("not_found", "changed_meanwhile", "not_exhausted")
ROUTES = (
    Route(
        "GET",
        "/exhausted",
        list_exhausted,
        Permission.READ_QUEUE,
        "listExhausted",
        "Callbacks whose attempts are used up, the most overdue first, each with all its attempts.",
        query=ExhaustedAsked,
        answer=ExhaustedPage,
    ),
    Route(
        "POST",
        "/callbacks/{callback}/give-back",
        give_back,
        _DECIDES,
        "giveBackCallback",
        "A new round for a callback that is used up, or was closed; or is done, and the customer rang back.",
        body=GiveBack,
        answer=StoppedCallback,
        problems=_PROBLEMS,
    ),
    Route(
        "POST",
        "/callbacks/{callback}/new-number",
        add_number,
        _DECIDES,
        "addNumber",
        "A new number for a callback that is used up: the next round begins with it.",
        body=NewNumber,
        answer=StoppedCallback,
        problems=_PROBLEMS,
    ),
    Route(
        "POST",
        "/callbacks/{callback}/close",
        close_callback,
        _DECIDES,
        "closeCallback",
        "Give up a callback that is used up; it can be undone, or given back.",
        body=Close,
        answer=StoppedCallback,
        problems=_PROBLEMS,
    ),
    Route(
        "POST",
        "/callbacks/{callback}/reopen",
        reopen,
        _DECIDES,
        "reopenCallback",
        "Undo the close of a callback: it waits for a decision again, in the same round.",
        body=Reopen,
        answer=StoppedCallback,
        problems=("not_found", "changed_meanwhile", "not_closed"),
    ),
    Route(
        "POST",
        "/callbacks/{callback}/settle-return",
        settle_return,
        _DECIDES,
        "settleReturn",
        "The customer who rang back about a callback that is over needs no call.",
        body=SettleReturn,
        answer=StoppedCallback,
        problems=("not_found", "changed_meanwhile"),
    ),
)
