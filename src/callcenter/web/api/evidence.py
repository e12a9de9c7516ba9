"""What the lists of attempts, logs and recordings have in common: which attempts are asked for, who may see them, how
one is shown.
"""

from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Account, Permission, may_read_visit
from callcenter.domain.attempt import CallDirection
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.times.instant import NaiveInstantError, utc
from callcenter.domain.visits.searches import AttemptFound, AttemptSearch, Place
from callcenter.web.api.answers import Answer, Instant, Paged, from_cursor, to_cursor
from callcenter.web.asked import Moment
from callcenter.web.language import N_
from callcenter.web.parts import account_of, forbidden, parts_of
from callcenter.web.problems import FieldProblem, Problem, wrong

READERS = frozenset({Permission.READ_VISITS, Permission.USE_DESK})
"""Who reads visits reads all of them; who uses a desk his own."""

LONGEST_KEY = 200
_SHOWN_DIGITS = 4
"""So many last digits every mask shows."""


class VisitsAsked(Paged):
    """Which attempts. What is left out does not matter."""

    callback: str = Field(default="", max_length=LONGEST_KEY, description="Id of the callback.")
    agent: str = Field(default="", max_length=LONGEST_KEY, description="Id or staff number of who dialled.")
    plan: str = Field(default="", max_length=LONGEST_KEY, description="Id of the plan.")
    outcome: Outcome | None = Field(default=None, description="How the dial ended.")
    since: Moment | None = Field(default=None, alias="from", description="Dialled at this instant or later.")
    until: Moment | None = Field(default=None, alias="to", description="Dialled before this instant.")
    number: str = Field(
        default="",
        max_length=15,
        pattern=r"^([0-9]{2,15})?$",
        description="Last digits of the number; at most 4 without the right to see numbers.",
    )
    customer: str = Field(default="", max_length=100, description="A part of the customer's or organisation's name.")


class AttemptItem(Answer):
    """One dial, and how far its evidence is."""

    id: str
    callback_id: str
    plan_id: str
    plan: str = Field(description="The plan's name.")
    customer_id: str
    customer: str
    organisation: str
    agent_id: str
    agent: str = Field(description="The agent's name.")
    number: str = Field(description="E.164 for who may see numbers, masked for others.")
    round: int = Field(description="Series of attempts, from 1 (C9-21).")
    ordinal: int = Field(description="Among all attempts of the callback, from 1.")
    slot: str = Field(description="Window in which it was dialled, in the customer's zone (C6-57).")
    started_at: Instant
    ended_at: Instant | None = Field(description="null while the call lives.")
    outcome: Outcome | None = Field(description="How it ended, as the network tells; null while the call lives.")
    end_reason: EndReason | None = Field(description="Who or what ended it (C7-07).")
    caller_id: str = Field(description="What the customer was shown (C6-20, C6-21); empty left it to the switch.")
    direction: CallDirection = Field(
        description="Of an inbound one the customer rang back: number is his, caller_id what he dialled."
    )
    phone: str = Field(description="The other phone on which it was made (C6-21); empty for one through the switch.")
    recording: RecordingState | None = Field(description="How far the recording is.")
    missing_reason: MissingReason | None = Field(description="Why there is no recording.")
    log_open: bool | None = Field(description="Whether the visit log waits for its agent; null while there is none.")


def show_attempt(found: AttemptFound, account: Account) -> AttemptItem:
    attempt = found.attempt
    return AttemptItem(
        id=attempt.id,
        callback_id=attempt.callback_id,
        plan_id=found.plan_id,
        plan=found.plan,
        customer_id=found.customer_id,
        customer=found.customer,
        organisation=found.organisation,
        agent_id=attempt.agent_id,
        agent=found.agent,
        number=attempt.number.e164 if account.may(Permission.SEE_NUMBERS) else attempt.number.masked,
        round=attempt.round,
        ordinal=attempt.ordinal,
        slot=attempt.slot,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome,
        end_reason=attempt.end_reason,
        caller_id=attempt.caller_id,
        direction=attempt.direction,
        phone=attempt.phone,
        recording=found.recording,
        missing_reason=found.reason,
        log_open=found.log_open,
    )


async def searched(request: web.Request, asked: VisitsAsked) -> AttemptSearch:
    """What to look for, within what this account may see. Raises Problem: forbidden, invalid."""
    account = account_of(request)
    if len(asked.number) > _SHOWN_DIGITS and not account.may(Permission.SEE_NUMBERS):
        raise Problem("invalid", errors=[wrong("number", N_("at most {count} digits"), count=_SHOWN_DIGITS)])
    agent_id = await _agent_id(request, asked.agent)
    if not account.may(Permission.READ_VISITS):
        if account.agent_id is None or agent_id not in {"", account.agent_id}:
            raise await forbidden(request, "agent", asked.agent, Permission.READ_VISITS)
        agent_id = account.agent_id
    return AttemptSearch(
        callback_id=asked.callback,
        agent_id=agent_id,
        plan_id=asked.plan,
        outcome=asked.outcome,
        since=asked.since,
        until=asked.until,
        number_tail=asked.number,
        customer=asked.customer.strip(),
    )


async def _agent_id(request: web.Request, key: str) -> str:
    """An unknown one is looked for, and has done nothing."""
    found = await parts_of(request).people.agent(key) if key else None
    return found.id if found else key


async def readable(request: web.Request, kind: str = "attempt") -> AttemptFound:
    """The attempt that the path names, for who may read it. kind: what is looked at, for the audit.

    Raises Problem: not_found, forbidden.
    """
    found = await found_by_path(request)
    if not may_read_visit(account_of(request), found.attempt.agent_id):
        raise await forbidden(request, kind, found.attempt.id, Permission.READ_VISITS)
    return found


async def found_by_path(request: web.Request) -> AttemptFound:
    """Whoever asks. Raises Problem: not_found."""
    found = await parts_of(request).searches.attempt(key_of(request, "attempt"))
    if found is None:
        raise Problem("not_found")
    return found


def key_of(request: web.Request, name: str) -> str:
    """An id in the path. Raises Problem (not_found) for what no id can be."""
    key = request.match_info[name]
    if len(key) > LONGEST_KEY or not key.isprintable():
        raise Problem("not_found")
    return key


def place_of(asked: Paged) -> Place | None:
    """Where the page before ended. Raises Problem: invalid."""
    found = from_cursor(asked.cursor, tuple[datetime, str])
    if found is None:
        return None
    return checked_place(*found)


def checked_place(at: datetime, key: str) -> Place:
    """What a cursor says, where it can be true. Raises Problem: invalid."""
    wrong = Problem("invalid", errors=[FieldProblem(field="cursor", message=N_("is none of ours"))])
    if not key.isprintable():
        raise wrong
    try:
        return utc(at), key
    except (OverflowError, NaiveInstantError) as error:
        raise wrong from error


def next_of(found: list[AttemptFound], limit: int) -> str | None:
    """The cursor of the page that follows."""
    if len(found) < limit:
        return None
    return to_cursor((found[-1].attempt.started_at, found[-1].attempt.id))
