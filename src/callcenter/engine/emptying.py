"""A blocklist is emptied by somebody who knows what he does: who says how many numbers it holds, and why."""

import secrets
from dataclasses import dataclass, replace

from callcenter.domain.audit import Action, Deed
from callcenter.domain.intake.blocklists import Load, LoadState, Unemptied
from callcenter.engine.excluding import Who
from callcenter.engine.ports import Clock
from callcenter.engine.restraint_ports import BlocklistStore
from callcenter.engine.stores import AuditStore


@dataclass(frozen=True, slots=True)
class EmptyOrder:
    """numbers: that the list holds, as whoever empties it has seen."""

    name: str
    numbers: int
    reason: str
    who: Who


@dataclass(frozen=True, slots=True)
class EmptyingParts:
    blocklists: BlocklistStore
    audit: AuditStore
    clock: Clock


class _UnemptiedError(Exception):
    """Nothing of it is to stand."""

    def __init__(self, why: Unemptied) -> None:
        super().__init__(why.value)
        self.why = why


class Emptying:
    """The one way to a list without numbers: a file never leads there."""

    def __init__(self, parts: EmptyingParts) -> None:
        self._parts = parts

    async def empty(self, order: EmptyOrder) -> Load | Unemptied:
        """None of its numbers holds any more, from one moment to the next; the list stays, and a file may fill it
        again. Callbacks that left the queue because of it are given back one by one.
        """
        parts, now = self._parts, self._parts.clock.now()
        if not order.reason.strip():
            return Unemptied.REASON_LACKING
        known = next((each for each in await parts.blocklists.lists() if each.name == order.name), None)
        if known is None:
            return Unemptied.UNKNOWN
        if known.numbers == 0:
            return Unemptied.EMPTY
        wanted = Load(
            id=f"load-{secrets.token_hex(10)}",
            list=order.name,
            owner=known.owner,
            generation=0,
            file_name="",
            sha256="",
            size_bytes=0,
            who=order.who.id,
            login=order.who.login,
            started_at=now,
            seen_at=now,
        )
        try:
            async with parts.audit.together():
                emptied = await self._switched(wanted, order)
        except _UnemptiedError as error:
            return error.why
        await self._clear(order.name)
        return emptied

    async def _switched(self, wanted: Load, order: EmptyOrder) -> Load:
        """Raises _UnemptiedError."""
        parts = self._parts
        begun = await parts.blocklists.begin(wanted)
        if begun is None:
            raise _UnemptiedError(Unemptied.BEING_REPLACED)
        if begun.before != order.numbers:
            raise _UnemptiedError(Unemptied.OTHERWISE)
        emptied = _emptied(begun, order.reason.strip())
        await parts.blocklists.switch(emptied)
        await parts.audit.write(_deed(emptied, order.who))
        return emptied

    async def _clear(self, name: str) -> None:
        place: str | None = ""
        while place is not None:
            place = await self._parts.blocklists.clear(name, place)


def _emptied(begun: Load, reason: str) -> Load:
    return replace(begun, state=LoadState.EMPTIED, ended_at=begun.started_at, failure=reason)


def _deed(load: Load, who: Who) -> Deed:
    return Deed(
        at=load.started_at,
        action=Action.BLOCKLIST_EMPTIED,
        who=who.id,
        login=who.login,
        on_kind="blocklist",
        on_id=load.list,
        detail={"load": load.id, "before": str(load.before), "why": load.failure[:500]},
        address=who.address,
    )
