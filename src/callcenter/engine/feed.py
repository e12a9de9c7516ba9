"""Who wants to see calls move? Followers get every change of every call, in order."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import AlarmKind, CallEvent


@dataclass(frozen=True, slots=True)
class CallMoved:
    """A step was taken, and saved where it must be: the event, and the call after it."""

    call: Call
    event: CallEvent


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Something that a person should look at. attempt_id is empty where no call is meant."""

    at: datetime
    kind: AlarmKind | str
    attempt_id: str
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingMoved:
    """The recording of an attempt took a step."""

    at: datetime
    attempt_id: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class CallClosed:
    """The attempt is finished in the books: its log is written and what follows is decided."""

    at: datetime
    attempt_id: str
    follows: str


@dataclass(frozen=True, slots=True)
class ReturnMoved:
    """Somebody rings in, is offered to an agent, or is not any more. agent_id: whom it concerns, empty for nobody; who
    was missed concerns all who have a queue. state: `offered`, `withdrawn`, or where the call stands. attempt_id is
    empty: none is meant.
    """

    at: datetime
    return_id: str
    agent_id: str
    state: str
    callback_id: str = ""
    attempt_id: str = ""


Update = CallMoved | AlarmRaised | RecordingMoved | CallClosed | ReturnMoved


class Feed:
    """Hands each update to each follower; one who reads too slowly loses the oldest, never holds up a call."""

    def __init__(self, backlog: int = 1000) -> None:
        self._backlog = backlog
        self._followers: dict[str | None, list[asyncio.Queue[Update]]] = {None: []}
        """By the attempt that they follow; under None those of all."""

    def publish(self, update: Update) -> None:
        attempt_id = update.call.attempt_id if isinstance(update, CallMoved) else update.attempt_id
        for follower in (*self._followers[None], *self._followers.get(attempt_id, ())):
            if follower.full():
                follower.get_nowait()
            follower.put_nowait(update)

    @contextmanager
    def follow(self, attempt_id: str | None = None) -> Iterator[asyncio.Queue[Update]]:
        """A queue of the updates from now on: those of this attempt, or all."""
        queue: asyncio.Queue[Update] = asyncio.Queue(self._backlog)
        followers = self._followers.setdefault(attempt_id, [])
        followers.append(queue)
        try:
            yield queue
        finally:
            followers.remove(queue)
            if attempt_id is not None and not followers:
                del self._followers[attempt_id]
