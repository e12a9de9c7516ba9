"""What goes on by itself when its time has come: callbacks for which no new number was found (C9-21)."""

from dataclasses import dataclass

import structlog

from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Callback
from callcenter.domain.visits.exhaustion import after_deadline
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AuditStore, CallbackStore, DecisionStore

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Several processes may sweep at once: each callback goes on once, and is audited once."""

    callbacks: CallbackStore
    decisions: DecisionStore
    audit: AuditStore
    clock: Clock

    async def sweep(self) -> int:
        """How many went on."""
        went = 0
        while found := await self.decisions.numbers_overdue(self.clock.now()):
            moved = [await self._go_on(callback) for callback in found]
            went += sum(moved)
            if not any(moved):
                break  # somebody else has them
        return went

    async def _go_on(self, callback: Callback) -> bool:
        now = self.clock.now()
        change = after_deadline(callback, now)
        if change is None:
            return False
        detail = {"round": str(callback.round), "reason": callback.exhausted_reason or "", "state": change.state.value}
        async with self.audit.together():
            if not await self.callbacks.change(callback.id, callback.version, change):
                return False
            await self.audit.write(
                Deed(at=now, action=Action.WENT_ON, on_kind="callback", on_id=callback.id, detail=detail)
            )
        log.info("no new number came in time", callback=callback.id, follows=change.state)
        return True
