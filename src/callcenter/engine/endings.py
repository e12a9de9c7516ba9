"""Who wants to know at once that somebody may be signed out? Told within this process; others ask again by and by."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Endings:
    """A session was ended, or an account changed so that it may see something else: whoever follows it asks again."""

    def __init__(self) -> None:
        self._followers: dict[str, set[asyncio.Event]] = {}

    def tell(self, account_id: str) -> None:
        for event in self._followers.get(account_id, ()):
            event.set()

    @contextmanager
    def follow(self, account_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each of them."""
        event = asyncio.Event()
        followers = self._followers.setdefault(account_id, set())
        followers.add(event)
        try:
            yield event
        finally:
            followers.discard(event)
            if not followers:
                self._followers.pop(account_id, None)
