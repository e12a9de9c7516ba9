"""What becomes of callbacks that left the queue because their customer must not be visited, once that holds no longer?

Each is as it was before, if nothing else keeps it out; whatever still stands decides anew where it belongs.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.gate.exclusions import WITHDRAWN, Exclusion, ExclusionKind, against, wrong_numbers
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a callback stands. not_before, appointment_at: UTC."""

    state: CallbackState
    exhausted_reason: str | None = None
    not_before: datetime | None = None
    appointment_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakenOut:
    """A callback that nobody has touched since it left the queue. version: the row's. now: where it stands; before:
    where it stood, WAITING for one that an agent had in hand.
    """

    callback_id: str
    version: int
    channel: Channel
    now: Standing
    before: Standing


def concerns(lifted: Exclusion, taken: TakenOut) -> bool:
    """Could the callback have left the queue because of this one?"""
    if lifted.callback_id not in {None, taken.callback_id}:
        return False
    if lifted.kind is ExclusionKind.WRONG_NUMBER:
        return taken.now.exhausted_reason == ExhaustedReason.NO_NUMBER
    return lifted.until is None and taken.channel in lifted.channels


def after_lifting(
    taken: TakenOut, others: Iterable[Exclusion], numbers: Collection[PhoneNumber], now: datetime
) -> Standing:
    """Where it stands from now on. others: what still holds for the customer. numbers: his."""
    known = tuple(others)
    kinds = {each.kind for each in against(known, taken.callback_id, taken.channel, now) if each.until is None}
    if kinds & WITHDRAWN:
        # A round that was used up keeps its own reason.
        stopped = taken.before.state is CallbackState.EXHAUSTED
        reason = taken.before.exhausted_reason if stopped else ExhaustedReason.WITHDRAWN
        return Standing(CallbackState.CLOSED, reason)
    if taken.before.state is CallbackState.EXHAUSTED:
        return taken.before
    if kinds:
        return Standing(CallbackState.EXHAUSTED, ExhaustedReason.OPTED_OUT)
    if numbers and wrong_numbers(known, now) >= set(numbers):
        return Standing(CallbackState.EXHAUSTED, ExhaustedReason.NO_NUMBER)
    return taken.before


def returning(
    lifted: Exclusion,
    taken: Iterable[TakenOut],
    others: Sequence[Exclusion],
    numbers: Collection[PhoneNumber],
    now: datetime,
) -> tuple[TakenOut, ...]:
    """Those that nothing keeps out any more once this one is lifted. others: what holds beside it."""
    mine = (each for each in taken if concerns(lifted, each))
    return tuple(each for each in mine if after_lifting(each, others, numbers, now) == each.before)
