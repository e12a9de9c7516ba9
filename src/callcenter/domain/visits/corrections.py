"""What the customer's record tells wrongly (GB-06): the agent writes old and new, a supervisor takes it over or not."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from callcenter.domain.people import Customer
from callcenter.domain.phone import PhoneNumber

LONGEST_VALUE = 200
"""Characters."""


class CorrectedField(StrEnum):
    """What of a customer may be corrected. Not whose customer he is: who may call him hangs on that (C6-08)."""

    NAME = "name"
    ORGANISATION = "organisation"
    NUMBER = "number"
    LANGUAGE = "language"


class CorrectionState(StrEnum):
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Uncorrectable(StrEnum):
    """Why a correction is not written down, or not taken over. OLD_CHANGED: the record tells something else by now."""

    NOTHING_NEW = "nothing_new"
    EMPTY = "empty"
    OLD_CHANGED = "old_changed"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Correction:
    """old: what the record told then; empty for a number that is added. at: UTC. login: whose proposal it is.
    decided_at: UTC; decided_by: the login. version: the row's.
    """

    id: str
    attempt_id: str
    callback_id: str
    customer_id: str
    field: CorrectedField
    old: str
    new: str
    at: datetime
    login: str
    state: CorrectionState = CorrectionState.PROPOSED
    decided_at: datetime | None = None
    decided_by: str = ""
    version: int = 1


def told(customer: Customer, field: CorrectedField) -> tuple[str, ...]:
    """What the record tells: of numbers all, of anything else one."""
    if field is CorrectedField.NUMBER:
        return tuple(number.e164 for number in customer.numbers)
    return (str(getattr(customer, field.value)),)


def corrected(customer: Customer, correction: Correction) -> Customer | Uncorrectable:
    """The record as it then is. A new number takes the old one's place, or comes first where none is replaced."""
    if correction.state is not CorrectionState.PROPOSED:
        return Uncorrectable.DECIDED
    known = told(customer, correction.field)
    if correction.field is not CorrectedField.NUMBER:
        if correction.old not in known:
            return Uncorrectable.OLD_CHANGED
        return replace(customer, **{correction.field.value: correction.new})  # type: ignore[arg-type]
    if correction.old and correction.old not in known:
        return Uncorrectable.OLD_CHANGED
    new = PhoneNumber(correction.new)
    if correction.old:
        numbers = tuple(new if each.e164 == correction.old else each for each in customer.numbers)
    else:
        numbers = (new, *customer.numbers)
    return replace(customer, numbers=tuple(dict.fromkeys(numbers)))


def proposable(customer: Customer, field: CorrectedField, old: str, new: str) -> Uncorrectable | None:
    if not new.strip():
        return Uncorrectable.EMPTY
    if new in told(customer, field):
        return Uncorrectable.NOTHING_NEW
    added = field is CorrectedField.NUMBER and not old
    return None if added or old in told(customer, field) else Uncorrectable.OLD_CHANGED
