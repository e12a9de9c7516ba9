"""A supervisor decides of a callback whose round is used up: a new round, or its end, which can be
undone. Beside the callback and in the audit it is written down who decided, and why.
"""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.access import Account
from callcenter.domain.audit import Action, Deed
from callcenter.domain.closing import CallbackChange
from callcenter.domain.exhaustion import (
    CloseReason,
    Decision,
    DecisionKind,
    Undecidable,
    as_before,
    given_up,
    new_round,
)
from callcenter.domain.people import Callback, Case
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AuditStore, CallbackStore, DecisionStore

_ACTIONS = {
    DecisionKind.GIVEN_BACK: Action.GIVEN_BACK,
    DecisionKind.CLOSED: Action.CLOSED,
    DecisionKind.REOPENED: Action.REOPENED,
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
        self, callback_id: str, version: int, reason: str, by: By, not_before: datetime | None = None
    ) -> Case | Undecidable:
        """Into the queue again, with a new round; also one that was closed. not_before: UTC.

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        callback, now = await self._callback(callback_id, version), self._parts.clock.now()
        change = new_round(callback, reason, now, not_before)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.GIVEN_BACK, by, reason.strip(), "")

    async def close(self, callback_id: str, version: int, reason: CloseReason, note: str, by: By) -> Case | Undecidable:
        """Nothing more is dialled. Raises CallbackNotFoundError, CallbackChangedError."""
        callback = await self._callback(callback_id, version)
        change = given_up(callback, reason, note)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.CLOSED, by, reason, note.strip())

    async def reopen(self, callback_id: str, version: int, by: By) -> Case | Undecidable:
        """The close is undone: it waits for a decision as before.

        Raises CallbackNotFoundError, CallbackChangedError.
        """
        callback = await self._callback(callback_id, version)
        change = as_before(callback)
        if isinstance(change, Undecidable):
            return change
        return await self._take(callback, change, DecisionKind.REOPENED, by, "", "")

    async def _callback(self, callback_id: str, version: int) -> Callback:
        case = await self._parts.callbacks.case(callback_id)
        if case is None:
            raise CallbackNotFoundError(callback_id)
        if case.callback.version != version:
            raise CallbackChangedError(callback_id)
        return case.callback

    async def _take(
        self, callback: Callback, change: CallbackChange, kind: DecisionKind, by: By, reason: str, note: str
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
            if not await parts.decisions.take(decision, callback.version, change):
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
