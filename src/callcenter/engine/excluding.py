"""Who must not be called any more is written down, with who said so and why; what no longer holds is lifted."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.audit import Action, Deed
from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.gate.exclusions import (
    WITHDRAWN,
    Exclusion,
    ExclusionKind,
    Lifting,
    Signature,
    Unfit,
    completed,
)
from callcenter.domain.gate.lifting import TakenOut, after_lifting, concerns, returning
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.phone import PhoneNumber
from callcenter.engine.ports import Clock
from callcenter.engine.restraint_ports import RestraintStore, TakenOutStore
from callcenter.engine.stores import AuditStore, CallbackStore

_QUEUED = (CallbackState.WAITING, CallbackState.HANDED_OUT)


class CustomerNotFoundError(LookupError):
    """There is no such customer, or callback."""


class ExclusionNotFoundError(LookupError):
    """There is no such exclusion."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who enters or lifts it: the account's id and login; both empty for the service itself."""

    id: str = ""
    login: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be entered; see Exclusion. customer_id: may be empty where callback_id tells it."""

    kind: ExclusionKind
    reason: str
    customer_id: str = ""
    callback_id: str | None = None
    channels: frozenset[Channel] = frozenset()
    number: PhoneNumber | None = None
    until: datetime | None = None
    signatures: tuple[Signature, ...] = ()
    document: str = ""


@dataclass(frozen=True, slots=True)
class Lifted:
    """put_back: the callbacks, by id, that are again where they stood before. left_out: those that could be, too."""

    exclusion: Exclusion
    put_back: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExcludingParts:
    restraints: RestraintStore
    taken_out: TakenOutStore
    callbacks: CallbackStore
    audit: AuditStore
    clock: Clock


class Excluding:
    """Entered and lifted by people, and by what agents write into visit logs."""

    def __init__(self, parts: ExcludingParts) -> None:
        self._parts = parts

    async def enter(self, said: Said, who: Who) -> Exclusion | Unfit:
        """Keep it, audited. The customer's waiting callbacks leave the queue: closed where no visit is made by
        whichever channel, else to a supervisor, who may choose another one (C6-22).

        Raises CustomerNotFoundError.
        """
        parts, now = self._parts, self._parts.clock.now()
        customer_id = await self._customer_id(said)
        customer = await parts.restraints.customer(customer_id)
        if customer is None:
            raise CustomerNotFoundError(customer_id)
        draft = Exclusion(
            id=secrets.token_hex(10),
            customer_id=customer_id,
            kind=said.kind,
            at=now,
            who=who.id,
            login=who.login,
            reason=said.reason.strip(),
            channels=said.channels,
            callback_id=said.callback_id,
            number=said.number,
            until=said.until,
            signatures=said.signatures,
            document=said.document.strip(),
        )
        exclusion = completed(draft, customer.numbers, now)
        if isinstance(exclusion, Unfit):
            return exclusion
        async with parts.audit.together():
            await parts.restraints.add(exclusion)
            gone = await self._take_out(exclusion)
            await parts.audit.write(_deed(exclusion, Action.EXCLUDED, who, now, taken_out=str(gone)))
        return exclusion

    async def would_return(self, exclusion_id: str) -> tuple[str, ...]:
        """The callbacks, by id, that only this exclusion keeps out of the queue. Raises ExclusionNotFoundError."""
        found = await self._parts.restraints.get(exclusion_id)
        if found is None:
            raise ExclusionNotFoundError(exclusion_id)
        if found.lifted is not None:
            return ()
        taken, others, numbers = await self._around(found)
        now = self._parts.clock.now()
        return tuple(each.callback_id for each in returning(found, taken, others, numbers, now))

    async def lift(self, exclusion_id: str, reason: str, who: Who, *, put_back: bool) -> Lifted | Unfit:
        """It holds no longer, and stays written down. put_back: callbacks that left the queue for it, for it alone, and
        that nobody has touched since, are again where they stood; else they stay out, and a supervisor may give them
        back one by one.

        Raises ExclusionNotFoundError.
        """
        parts, now = self._parts, self._parts.clock.now()
        if not reason.strip():
            return Unfit.REASON_LACKING
        async with parts.audit.together():
            lifted = await parts.restraints.lift(exclusion_id, Lifting(now, who.id, who.login, reason.strip()))
            found = await parts.restraints.get(exclusion_id)
            if found is None:
                raise ExclusionNotFoundError(exclusion_id)
            if not lifted:
                return Unfit.LIFTED_ALREADY
            done = await self._return(found, now, put_back=put_back)
            more = {"why": reason.strip()[:500], "put_back": str(len(done.put_back))}
            if done.put_back:
                more["callbacks"] = " ".join(done.put_back)[:500]
            if done.left_out:
                more["left_out"] = str(len(done.left_out))
            await parts.audit.write(_deed(found, Action.EXCLUSION_LIFTED, who, now, **more))
        return done

    async def _return(self, lifted: Exclusion, now: datetime, *, put_back: bool) -> Lifted:
        store = self._parts.taken_out
        taken, others, numbers = await self._around(lifted)
        free = returning(lifted, taken, others, numbers, now)
        if not put_back:
            left = tuple(each.callback_id for each in free)
            await store.leave_out(left)
            return Lifted(lifted, left_out=left)
        for each in taken:
            standing = after_lifting(each, others, numbers, now)
            if concerns(lifted, each) and standing not in {each.now, each.before}:
                # Something else keeps it out, and has it stand elsewhere.
                await store.move(each, standing)
        back = [each.callback_id for each in free if await store.move(each, each.before)]
        return Lifted(lifted, tuple(back))

    async def _around(self, lifted: Exclusion) -> tuple[list[TakenOut], list[Exclusion], tuple[PhoneNumber, ...]]:
        """The customer's callbacks that are taken out, what else stands against him, and his numbers."""
        parts = self._parts
        every = await parts.restraints.of_customer(lifted.customer_id)
        customer = await parts.restraints.customer(lifted.customer_id)
        others = [each for each in every if each.lifted is None and each.id != lifted.id]
        taken = await parts.taken_out.of_customer(lifted.customer_id)
        return taken, others, customer.numbers if customer else ()

    async def _customer_id(self, said: Said) -> str:
        if said.callback_id is None:
            return said.customer_id
        case = await self._parts.callbacks.case(said.callback_id)
        if case is None or said.customer_id not in {"", case.customer.id}:
            raise CustomerNotFoundError(said.callback_id)
        return case.customer.id

    async def _take_out(self, exclusion: Exclusion) -> int:
        restraints = self._parts.restraints
        if exclusion.kind in WITHDRAWN:
            states = (*_QUEUED, CallbackState.EXHAUSTED)
            return await restraints.take_out(exclusion, states, CallbackState.CLOSED, ExhaustedReason.WITHDRAWN)
        if exclusion.until is None and exclusion.channels:
            return await restraints.take_out(exclusion, _QUEUED, CallbackState.EXHAUSTED, ExhaustedReason.OPTED_OUT)
        return 0


def _deed(exclusion: Exclusion, action: Action, who: Who, at: datetime, **more: str) -> Deed:
    detail = {
        "exclusion": exclusion.id,
        "kind": exclusion.kind.value,
        "channels": " ".join(sorted(exclusion.channels)),
        "reason": exclusion.reason[:500],
    }
    if exclusion.callback_id is not None:
        detail["callback"] = exclusion.callback_id
    if exclusion.number is not None:
        detail["number"] = exclusion.number.masked
    if exclusion.until is not None:
        detail["until"] = exclusion.until.isoformat()
    return Deed(
        at=at,
        action=action,
        who=who.id,
        login=who.login,
        on_kind="customer",
        on_id=exclusion.customer_id,
        detail=detail | more,
        address=who.address,
    )
