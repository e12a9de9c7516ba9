"""What the engine needs of the world, as Protocols; `app` hands the adapters in."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from callcenter.domain.calls.telephony import News, RangIn, Survey
from callcenter.domain.calls.words import CallEvent, Command
from callcenter.domain.recording import ArchiveOrder, KeptRecording, MissingReason


class Clock(Protocol):
    """The time, and waiting for it."""

    def now(self) -> datetime:
        """The present instant, aware, UTC."""

    def call_at(self, when: datetime, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake` once at that instant, at once if it has passed; the returned function calls it off."""

    async def sleep(self, seconds: float) -> None: ...


class Telephony(Protocol):
    """One Asterisk."""

    def news(self) -> AsyncIterator[News]:
        """What the switch tells, in order, for ever: connects, reconnects by itself, never blocks its reader.

        Raises TelephonyFatalError where trying again cannot help.
        """

    async def perform(self, attempt_id: str, command: Command) -> tuple[CallEvent, ...]:
        """Carry out one command of a call; the events that its answer itself means.

        CheckRecorder and RaiseAlarm are not for the switch. Raises TelephonyNotSent, TelephonyRefused,
        TelephonyUnavailable or TelephonyUnknown.
        """

    async def survey(self) -> Survey:
        """Everything on the switch that bears our name. Raises TelephonyError."""

    def lend(self, attempt_id: str, channel: str) -> None:
        """The channel of somebody who rang in is the customer's of this call, until it is given back."""

    def unlend(self, attempt_id: str) -> None:
        """It is not, any more."""

    async def waiting(self) -> tuple[RangIn, ...]:
        """All who rang in and are in no call. Raises TelephonyError."""

    async def say(self, channel: str, sounds: Sequence[str]) -> None:
        """Answer somebody who waits, and play these; NoticeOver follows. Raises TelephonyError."""

    async def turn_away(self, channel: str, cause: int) -> None:
        """Hang up on somebody who waits. cause: Q.850. One who is gone is no error. Raises TelephonyError."""

    def recording_name(self, attempt_id: str, part: str) -> str:
        """The name under which the switch keeps the raw file of this recorder."""

    async def release(self, attempt_id: str, part: str) -> None:
        """Destroy a part that belongs to no live call. Raises TelephonyError; an absent part is no error."""


class PhonesAtRunTime(Protocol):
    """Phones that are made on the switch while it runs. name: of endpoint, AOR and user alike."""

    prefix: str
    """What all names of ours begin with."""

    async def make(self, name: str, password: str) -> None:
        """A browser's phone; one that is there stays as it is, and registered. Raises TelephonyError."""

    async def remove(self, name: str) -> None:
        """Nobody registers with it any more; a talk on it goes on. An absent one is no error. Raises TelephonyError."""

    async def names(self) -> frozenset[str]:
        """Those of ours that are there, also of an earlier life of the service. Raises TelephonyError."""


class SipLine(Protocol):
    """One SIP WebSocket of the switch."""

    async def send(self, frame: str) -> None:
        """Raises ConnectionError once it is closed."""

    def frames(self) -> AsyncIterator[str]:
        """What the switch says, one SIP message each, until it closes the line."""


class SipLines(Protocol):
    """Where browsers' phones speak with the switch."""

    def open(self) -> AbstractAsyncContextManager[SipLine]:
        """A line of one's own. Raises TelephonyUnavailable where none can be had."""


class RawRecordings(Protocol):
    """The mono files as Asterisk keeps them. name: the recording's name, without extension."""

    async def size(self, name: str) -> int | None:
        """Bytes so far, None if there is no such file. Raises TelephonyError where it cannot be asked."""

    async def fetch(self, name: str, into: Path) -> None:
        """Put the file at `into`. Raises RecordingMissingError when there is none."""

    async def discard(self, name: str) -> None:
        """Remove it; an absent one is no error."""


class Archive(Protocol):
    """The files that are kept."""

    async def keep(self, order: ArchiveOrder) -> KeptRecording:
        """Make and place the stereo file; safe to repeat. Raises RecordingMissingError, ArchiveFullError."""

    async def verify(self, path: str, sha256: str, size_bytes: int) -> MissingReason | None:
        """None when the file is there and unchanged."""

    def accepting(self) -> bool:
        """Is there room above the free-space mark?"""

    def free_bytes(self) -> int: ...


class KeptFile(Protocol):
    """A recording, open for reading."""

    def blocks(self, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`, both included, in order; each block is read when it is asked for.

        Raises RecordingGoneError where the file ends before, OSError.
        """


class ArchiveReader(Protocol):
    """The files that are kept, for those who listen."""

    def reading(self, path: str, size_bytes: int, sha256: str) -> AbstractAsyncContextManager[KeptFile]:
        """Open the file, proven to be what was kept; path as the books tell it. Nothing is read from outside the
        archive, no link is followed.

        Raises RecordingGoneError where it is not there or is another, OSError where the archive is out of reach.
        """

    async def verify(self, path: str, sha256: str, size_bytes: int) -> MissingReason | None:
        """None when the file is there and unchanged."""
