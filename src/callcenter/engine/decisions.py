"""A supervisor decides of a callback whose round is used up: a new round, a new number for it, or its end, which can be
undone. Beside the callback and in the audit it is written down who decided, and why.
"""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.access import Account
from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Callback, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.rounds import RoundsGroup
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import (
    CloseReason,
    Decision,
    DecisionKind,
    Undecidable,
    as_before,
    given_up,
    needs_no_call,
    new_number,
    new_round,
)
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AuditStore, CallbackStore, DecisionStore, PolicyStore

_ACTIONS = {
    DecisionKind.GIVEN_BACK: Action.GIVEN_BACK,
    DecisionKind.CLOSED: Action.CLOSED,
    DecisionKind.REOPENED: Action.REOPENED,
    DecisionKind.RETURN_SETTLED: Action.RETURN_SETTLED,
    DecisionKind.NUMBER_FOUND: Action.NUMBER_FOUND,
}


class CallbackNotFoundError(LookupError):
    """There is no such callback."""


class CallbackChangedError(Exception):
    """Somebody else changed the callback meanwhile; read it again."""


@dataclass(frozen=True, slots=True)
class DecisionParts:
    callbacks: CallbackStore
    decisions: DecisionStore
    audit: AuditStore
    clock: Clock
    policies: PolicyStore


@dataclass(frozen=True, slots=True)
class By:
    """Who decides, and from which address."""

    account: Account
    address: str = ""


class Decisions:
    """What follows a round that is used up (C9-20, C9-21). version: the callback's, as it was read."""

    def __init__(self, parts: DecisionParts) -> None:
        self._parts = parts

    async def give_back(
        self,
        callback_id: str,
        version: int,
        reason: str,
        by: By,
        not_before: datetime | None = None,
        *,
        all_the_same: bool = False,
    ) -> Case | Undecidable:
        """Into the queue again, with a new round; also one that was closed, or is done, where the customer rang back
        about it. not_before: UTC. all_the_same: also beyond the policy's rounds, or while a new number is waited for,
        where the policy allows it.

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        case, now = await self._case(callback_id, version), self._parts.clock.now()
        rounds = await self._rounds(case, now)
        change = new_round(case.callback, reason, now, not_before, rounds, all_the_same=all_the_same)
        if isinstance(change, Undecidable):
            return change
        return await self._take(case.callback, change, DecisionKind.GIVEN_BACK, by, reason.strip(), "")

    async def add_number(
        self, callback_id: str, version: int, number: PhoneNumber, note: str, by: By, *, all_the_same: bool = False
    ) -> Case | Undecidable:
        """A new number was found: it comes before the customer's others, and the next round begins (C9-21).

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        case = await self._case(callback_id, version)
        rounds = await self._rounds(case, self._parts.clock.now())
        known = case.customer.numbers
        change = new_number(case.callback, known, number, rounds, all_the_same=all_the_same)
        if isinstance(change, Undecidable):
            return change
        kind, masked = DecisionKind.NUMBER_FOUND, number.masked
        return await self._take(case.callback, change, kind, by, masked, note.strip(), number=number)

    async def close(self, callback_id: str, version: int, reason: CloseReason, note: str, by: By) -> Case | Undecidable:
        """Nothing more is dialled. Raises CallbackNotFoundError, CallbackChangedError."""
        callback = (await self._case(callback_id, version)).callback
        change = given_up(callback, reason, note)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.CLOSED, by, reason, note.strip())

    async def reopen(self, callback_id: str, version: int, by: By) -> Case | Undecidable:
        """The close is undone: it waits for a decision as before.

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        callback = (await self._case(callback_id, version)).callback
        change = as_before(callback)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.REOPENED, by, "", "")

    async def settle_return(self, callback_id: str, version: int, reason: str, by: By) -> Case | Undecidable:
        """The customer who rang back about what is over needs no call.

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        callback = (await self._case(callback_id, version)).callback
        change = needs_no_call(callback, reason)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.RETURN_SETTLED, by, reason.strip(), "")

    async def _rounds(self, case: Case, now: datetime) -> RoundsGroup | None:
        policy = await policy_of(self._parts.policies, case.plan, now)
        return policy.rounds if policy else None

    async def _case(self, callback_id: str, version: int) -> Case:
        case = await self._parts.callbacks.case(callback_id)
        if case is None:
            raise CallbackNotFoundError(callback_id)
        if case.callback.version != version:
            raise CallbackChangedError(callback_id)
        return case

    async def _take(
        self,
        callback: Callback,
        change: CallbackChange,
        kind: DecisionKind,
        by: By,
        reason: str,
        note: str,
        number: PhoneNumber | None = None,
    ) -> Case:
        parts, now = self._parts, self._parts.clock.now()
        decision = Decision(
            callback_id=callback.id,
            at=now,
            who=by.account.id,
            login=by.account.login,
            kind=kind,
            reason=reason,
            note=note,
            round=callback.round,
            exhausted_reason=callback.exhausted_reason or "",
            not_before=change.not_before,
        )
        async with parts.audit.together():
            if not await parts.decisions.take(decision, callback.version, change, number):
                raise CallbackChangedError(callback.id)
            await parts.audit.write(_deed(decision, by))
        case = await parts.callbacks.case(callback.id)
        if case is None:
            raise CallbackNotFoundError(callback.id)
        return case


def _deed(decision: Decision, by: By) -> Deed:
    detail = {"round": str(decision.round)}
    if decision.reason:
        detail["reason"] = decision.reason[:500]
    if decision.note:
        detail["note"] = decision.note[:500]
    if decision.not_before is not None:
        detail["not_before"] = decision.not_before.isoformat()
    return Deed(
        at=decision.at,
        action=_ACTIONS[decision.kind],
        who=decision.who,
        login=decision.login,
        on_kind="callback",
        on_id=decision.callback_id,
        detail=detail,
        address=by.address,
    )
