"""Who must not be called any more, and why? What a customer, or the institution, has said about further visits.

Nothing of it is ever deleted: what no longer holds is lifted, by somebody and with a reason, and stays to be read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import inf

from callcenter.domain.gate.conflict import folded
from callcenter.domain.people import Channel
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.times.instant import utc

EVERY_CHANNEL = frozenset(Channel)
LONGEST_REASON = 1000
LONGEST_NAME = 200


class ExclusionKind(StrEnum):
    """OPT_OUT: the customer wants no visit by some channels. REFUSED: he refused the visit by phone, and the policy
    takes that for an opt-out of it (C6-22). WAIVER: declared in writing before he signed that he wants no visit of any
    kind (C9-16). CANCELLED: the contract was cancelled before the visit (C9-10). WRONG_NUMBER: this number is not this
    customer's.
    """

    OPT_OUT = "opt_out"
    REFUSED = "refused"
    WAIVER = "waiver"
    CANCELLED = "cancelled"
    DECEASED = "deceased"
    WRONG_NUMBER = "wrong_number"


SOURCES: Mapping[ExclusionKind, str] = {
    ExclusionKind.OPT_OUT: "C6-22",
    ExclusionKind.REFUSED: "C6-22",
    ExclusionKind.WAIVER: "C9-16",
    ExclusionKind.CANCELLED: "C9-10",
    ExclusionKind.DECEASED: "product",
    ExclusionKind.WRONG_NUMBER: "product",
}
"""The rule that each kind comes from."""

WITHDRAWN = frozenset({ExclusionKind.WAIVER, ExclusionKind.CANCELLED, ExclusionKind.DECEASED})
"""Kinds after which there is no visit by whichever channel."""


class Signer(StrEnum):
    """Who signs a waiver (C9-16)."""

    POLICYHOLDER = "policyholder"
    SALESPERSON = "salesperson"
    SALES_MANAGER = "sales_manager"


@dataclass(frozen=True, slots=True)
class Signature:
    role: Signer
    name: str


@dataclass(frozen=True, slots=True)
class Lifting:
    """at: UTC. who: the account's id; login: as it was then."""

    at: datetime
    who: str
    login: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """callback_id: the one callback that it is about; None for the customer as a whole. channels: by which there is no
    visit; of a wrong number none, since it is the number that is out. until: UTC, None for good. document: where the
    signed declaration is filed. at: UTC, when it was entered; who, login: the account, both empty for the service.
    """

    id: str
    customer_id: str
    kind: ExclusionKind
    at: datetime
    who: str
    login: str
    reason: str
    channels: frozenset[Channel] = frozenset()
    callback_id: str | None = None
    number: PhoneNumber | None = None
    until: datetime | None = None
    signatures: tuple[Signature, ...] = ()
    document: str = ""
    lifted: Lifting | None = None

    def holds(self, now: datetime) -> bool:
        return self.lifted is None and (self.until is None or utc(self.until) > utc(now))


class Unfit(StrEnum):
    """Why an exclusion cannot be entered, or lifted, as it stands."""

    REASON_LACKING = "reason_lacking"
    CHANNELS_LACKING = "channels_lacking"
    UNTIL_PAST = "until_past"
    UNTIL_NOT_TAKEN = "until_not_taken"
    SIGNATURES_LACKING = "signatures_lacking"
    SIGNERS_NOT_DISTINCT = "signers_not_distinct"
    NUMBER_LACKING = "number_lacking"
    NUMBER_NOT_THEIRS = "number_not_theirs"
    CALLBACK_LACKING = "callback_lacking"
    LIFTED_ALREADY = "lifted_already"


def completed(draft: Exclusion, numbers: Sequence[PhoneNumber], now: datetime) -> Exclusion | Unfit:
    """The exclusion as it is kept, with the channels that its kind is about. numbers: the customer's."""
    if not draft.reason.strip():
        return Unfit.REASON_LACKING
    if draft.until is not None:
        if draft.kind is not ExclusionKind.OPT_OUT:
            return Unfit.UNTIL_NOT_TAKEN
        if utc(draft.until) <= utc(now):
            return Unfit.UNTIL_PAST
    unfit = _lacking(draft, numbers)
    return unfit or _with_channels(draft)


def _lacking(draft: Exclusion, numbers: Sequence[PhoneNumber]) -> Unfit | None:
    match draft.kind:
        case ExclusionKind.OPT_OUT:
            return None if draft.channels else Unfit.CHANNELS_LACKING
        case ExclusionKind.WAIVER:
            return signatures_unfit(draft.signatures)
        case ExclusionKind.CANCELLED:
            return None if draft.callback_id else Unfit.CALLBACK_LACKING
        case ExclusionKind.WRONG_NUMBER:
            if draft.number is None:
                return Unfit.NUMBER_LACKING
            return None if draft.number in numbers else Unfit.NUMBER_NOT_THEIRS
        case ExclusionKind.REFUSED | ExclusionKind.DECEASED:
            return None


def signatures_unfit(signatures: Sequence[Signature]) -> Unfit | None:
    """A waiver is signed by the policyholder, the salesperson and the sales manager (C9-16): three people."""
    named = {each.role: folded(each.name) for each in signatures if each.name.strip()}
    if set(named) != set(Signer) or len(signatures) != len(Signer):
        return Unfit.SIGNATURES_LACKING
    return None if len(set(named.values())) == len(Signer) else Unfit.SIGNERS_NOT_DISTINCT


def _with_channels(draft: Exclusion) -> Exclusion:
    match draft.kind:
        case ExclusionKind.OPT_OUT:
            return draft
        case ExclusionKind.REFUSED:
            return replace(draft, channels=frozenset({Channel.PHONE}))
        case ExclusionKind.WRONG_NUMBER:
            return replace(draft, channels=frozenset())
        case ExclusionKind.WAIVER | ExclusionKind.CANCELLED | ExclusionKind.DECEASED:
            return replace(draft, channels=EVERY_CHANNEL)


def against(
    exclusions: Iterable[Exclusion], callback_id: str, channel: Channel, now: datetime
) -> tuple[Exclusion, ...]:
    """Those that forbid this visit by this channel: what withdraws it altogether first, then what lasts longest."""
    found = [
        each
        for each in exclusions
        if each.holds(now) and channel in each.channels and each.callback_id in {None, callback_id}
    ]
    return tuple(sorted(found, key=lambda each: (each.kind not in WITHDRAWN, -_last(each))))


def wrong_numbers(exclusions: Iterable[Exclusion], now: datetime) -> frozenset[PhoneNumber]:
    """Those that are known not to be the customer's."""
    return frozenset(
        each.number
        for each in exclusions
        if each.kind is ExclusionKind.WRONG_NUMBER and each.number is not None and each.holds(now)
    )


def open_channels(exclusions: Iterable[Exclusion], callback_id: str, now: datetime) -> tuple[Channel, ...]:
    """By which the customer may still be visited (C6-22)."""
    known = tuple(exclusions)
    return tuple(channel for channel in Channel if not against(known, callback_id, channel, now))


def _last(exclusion: Exclusion) -> float:
    """When it ends; what holds for good ends last."""
    return inf if exclusion.until is None else utc(exclusion.until).timestamp()
