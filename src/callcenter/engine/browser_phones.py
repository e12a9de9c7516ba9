"""Phones in browsers: one for each sign-in, made when its page asks for it, and gone with the sign-in.

Name and password follow from the secret in the browser's cookie, which is kept nowhere: the same sign-in has the same
phone after a restart of the service, and nobody who reads the database learns how to register as somebody else.
"""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from callcenter.domain.access import Account, Permission, Session
from callcenter.domain.calls.telephony import TelephonyError
from callcenter.engine.ports import Clock, PhonesAtRunTime

log = structlog.get_logger()

TEND_SECONDS = 15.0
"""How often it is looked whether the sign-ins still last."""

NAME_DIGITS = 20

Still = Callable[[Session], Awaitable[Account | None]]
"""Whose session this is; None once it is over."""


@dataclass(frozen=True, slots=True)
class BrowserPhone:
    """The phone of one sign-in. name: as which it registers; endpoint: as it is dialled."""

    name: str
    password: str = field(repr=False)
    agent_id: str
    session: Session

    @property
    def endpoint(self) -> str:
        return f"PJSIP/{self.name}"


class BrowserPhones:
    def __init__(self, phones: PhonesAtRunTime, clock: Clock) -> None:
        self._phones = phones
        self._clock = clock
        self._mine: dict[str, BrowserPhone] = {}
        # One thing at a time: what is just being made is not taken for one that was left over.
        self._turn = asyncio.Lock()

    def of(self, session: Session, agent_id: str, secret: str) -> BrowserPhone:
        """The phone of this sign-in, whether it is on the switch or not. secret: of the session's cookie."""
        name = f"{self._phones.prefix}{_derived(secret, 'name')[:NAME_DIGITS]}"
        return BrowserPhone(name, _derived(secret, "password"), agent_id, session)

    async def make(self, phone: BrowserPhone) -> None:
        """See that it is on the switch, also after that was restarted. Raises TelephonyError."""
        async with self._turn:
            await self._phones.make(phone.name, phone.password)
            self._mine[phone.name] = phone

    async def end(self, phone: BrowserPhone) -> None:
        """Take it from the switch; where that is out of reach, it is tried again later."""
        async with self._turn:
            await self._end(phone)

    async def keep_on(self, still: Still) -> None:
        """Until cancelled: end the phones whose sign-in is over, and those that an earlier life left."""
        left_over = True
        while True:
            if left_over:
                left_over = not await self._left_over_ended()
            for phone in tuple(self._mine.values()):
                if not await _lasts(phone, still):
                    await self.end(phone)
            await self._clock.sleep(TEND_SECONDS)

    async def _end(self, phone: BrowserPhone) -> None:
        try:
            await self._phones.remove(phone.name)
        except TelephonyError as error:
            log.warning("a browser's phone could not be removed", phone=phone.name, why=str(error))
            return
        self._mine.pop(phone.name, None)

    async def _left_over_ended(self) -> bool:
        """Those whose pages are still open ask for them again, and get the same."""
        try:
            async with self._turn:
                for name in await self._phones.names() - self._mine.keys():
                    await self._phones.remove(name)
        except TelephonyError:
            return False
        return True


async def _lasts(phone: BrowserPhone, still: Still) -> bool:
    """Where the books cannot be read, nothing says that it is over."""
    try:
        account = await still(phone.session)
    except OSError:
        return True
    return account is not None and account.agent_id == phone.agent_id and account.may(Permission.USE_DESK)


def _derived(secret: str, what: str) -> str:
    return hmac.new(secret.encode(), f"browser phone: {what}".encode(), hashlib.sha256).hexdigest()
