"""Corrections of customer data (GB-06): proposed by who talked to the customer, taken over by a supervisor or not."""

import hashlib
from dataclasses import dataclass, replace

from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Customer
from callcenter.domain.visits.corrections import (
    CorrectedField,
    Correction,
    CorrectionState,
    Uncorrectable,
    corrected,
    proposable,
)
from callcenter.engine.decisions import By
from callcenter.engine.ports import Clock
from callcenter.engine.script_ports import CorrectionStore
from callcenter.engine.stores import AttemptStore, AuditStore, CallbackStore


class CorrectionNotFoundError(LookupError):
    """There is no such correction, or no such talk."""


class CorrectionChangedError(Exception):
    """Somebody else decided it meanwhile."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """new: of a number in E.164. replaces: which of the customer's numbers, from 0; None adds one, and for any other
    field says nothing. key: names the request; the same key writes one correction.
    """

    field: CorrectedField
    new: str
    key: str
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectingParts:
    corrections: CorrectionStore
    attempts: AttemptStore
    callbacks: CallbackStore
    audit: AuditStore
    clock: Clock


class Correcting:
    def __init__(self, parts: CorrectingParts) -> None:
        self._parts = parts

    async def propose(self, attempt_id: str, proposed: Proposed, by: By) -> Correction | Uncorrectable:
        """What the record tells now stands beside the new value. Raises CorrectionNotFoundError."""
        parts = self._parts
        text = f"{attempt_id}\n{by.account.id}\n{proposed.key}"
        key = f"co-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        if (known := await parts.corrections.get(key)) is not None:
            return known
        record = await parts.attempts.get(attempt_id)
        case = await parts.callbacks.case(record.attempt.callback_id) if record else None
        if case is None:
            raise CorrectionNotFoundError(attempt_id)
        old, new = _old(case.customer, proposed), proposed.new.strip()
        if old is None:
            return Uncorrectable.OLD_CHANGED
        if (against := proposable(case.customer, proposed.field, old, new)) is not None:
            return against
        correction = Correction(
            id=key,
            attempt_id=attempt_id,
            callback_id=case.callback.id,
            customer_id=case.customer.id,
            field=proposed.field,
            old=old,
            new=new,
            at=parts.clock.now(),
            login=by.account.login,
        )
        async with parts.audit.together():
            if await parts.corrections.add(correction):
                await parts.audit.write(_deed(correction, Action.CORRECTION_PROPOSED, by))
        return correction

    async def decide(self, key: str, version: int, by: By, *, accept: bool) -> Correction | Uncorrectable:
        """Accepted, the record tells the new value from then on. Raises CorrectionNotFoundError,
        CorrectionChangedError.
        """
        parts = self._parts
        async with parts.audit.together():
            correction = await parts.corrections.get(key)
            if correction is None:
                raise CorrectionNotFoundError(key)
            if correction.state is not CorrectionState.PROPOSED:
                return Uncorrectable.DECIDED
            customer: Customer | None = None
            if accept:
                case = await parts.callbacks.case(correction.callback_id)
                if case is None:
                    raise CorrectionNotFoundError(key)
                mended = corrected(case.customer, correction)
                if isinstance(mended, Uncorrectable):
                    return mended
                customer = mended
            decided = replace(
                correction,
                state=CorrectionState.ACCEPTED if accept else CorrectionState.DECLINED,
                decided_at=parts.clock.now(),
                decided_by=by.account.login,
                version=version + 1,
            )
            if not await parts.corrections.decide(decided, version, customer):
                raise CorrectionChangedError(key)
            await parts.audit.write(_deed(decided, Action.CORRECTION_DECIDED, by))
        return decided


def _old(customer: Customer, proposed: Proposed) -> str | None:
    """What the record tells now; empty for a number that is added, None where there is no such number."""
    if proposed.field is not CorrectedField.NUMBER:
        return str(getattr(customer, proposed.field.value))
    if proposed.replaces is None:
        return ""
    numbers = customer.numbers
    return numbers[proposed.replaces].e164 if 0 <= proposed.replaces < len(numbers) else None


def _deed(correction: Correction, action: Action, by: By) -> Deed:
    """Without the values: the correction itself holds them, and the audit is read by others."""
    return Deed(
        at=correction.decided_at or correction.at,
        action=action,
        who=by.account.id,
        login=by.account.login,
        on_kind="correction",
        on_id=correction.id,
        detail={"field": correction.field.value, "state": correction.state.value},
        address=by.address,
    )
