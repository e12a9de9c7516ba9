"""How long may a socket stay open? Until its far side goes, or whoever opened it is not signed in any more."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from callcenter.domain.access import Account, Session
from callcenter.web.parts import SiteParts
from callcenter.web.problems import Problem

RECHECK_SECONDS = 5.0
"""How often it is asked whether who has it open is still signed in: another process may have ended it."""


@contextmanager
def counted(sockets: Counter[str], key: str, most: int, too_many: str) -> Iterator[None]:
    """One more of this key's. too_many: a text of the catalogue. Raises Problem: too_many."""
    if sockets[key] >= most:
        raise Problem("too_many", too_many)
    sockets[key] += 1
    try:
        yield
    finally:
        sockets[key] -= 1
        if not sockets[key]:
            del sockets[key]


async def until_signed_out(parts: SiteParts, session: Session, allowed: Callable[[Account], bool]) -> None:
    """Until the session is over, or its account, as it is then, is not allowed it any more."""
    with parts.accounts.endings.follow(session.account_id) as ended:
        while await _still(parts, session, allowed):
            await first_of(ended.wait(), parts.service.clock.sleep(RECHECK_SECONDS))
            ended.clear()


async def _still(parts: SiteParts, session: Session, allowed: Callable[[Account], bool]) -> bool:
    try:
        now = await parts.accounts.still(session)
    except OSError:
        return True  # the books cannot be read just now: nothing says that he is signed out
    return now is not None and allowed(now)


async def first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Until one of them ends, and then all are. A socket that breaks is an end like any other."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = task.exception() if not task.cancelled() else None
        if error is not None and not isinstance(error, ConnectionError):
            raise error
