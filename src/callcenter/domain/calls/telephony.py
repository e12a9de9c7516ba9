"""The switch as the engine knows it: what it tells, how it fails, what was found on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.calls.words import CallEvent, Sight


class TelephonyError(Exception):
    """A request to the switch did not do what was asked."""


class TelephonyNotSent(TelephonyError):  # noqa: N818 (it names what happened, not a class of errors)
    """It never left: nothing happened, it may be tried again."""


class TelephonyRefused(TelephonyError):  # noqa: N818
    """The switch said no: nothing happened. status: HTTP status of the answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail


class TelephonyUnavailable(TelephonyRefused):
    """The endpoint is unknown, not registered, or its technology is not there."""


class TelephonyUnknown(TelephonyError):  # noqa: N818
    """It may have happened: look before anything else is done."""


class TelephonyFatalError(TelephonyError):
    """The connection cannot be had and trying again will not help: wrong password, or another took our place."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The event stream stands and events flow. started_at: when the switch itself was started, by its own clock;
    another value than before means that everything on it is new.
    """

    at: datetime
    started_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The event stream broke; what happens on the switch from now on is not seen. It reconnects by itself."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CallNews:
    """Something happened to a call of ours."""

    attempt_id: str
    event: CallEvent


@dataclass(frozen=True, slots=True)
class PhoneNews:
    """An agent's phone became reachable or unreachable. endpoint: `PJSIP/agent-1001`."""

    at: datetime
    endpoint: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class RangIn:
    """Somebody rings in and waits. channel: the switch's own name of his channel. number: as the network tells it,
    empty where it is withheld; called: what he dialled.
    """

    at: datetime
    channel: str
    number: str
    called: str


@dataclass(frozen=True, slots=True)
class RangOff:
    """Somebody who waited, and was in no call, is gone."""

    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class NoticeOver:
    """What was said to somebody who waited has been said to its end, or could not be."""

    at: datetime
    channel: str


News = Connected | Lost | CallNews | PhoneNews | RangIn | RangOff | NoticeOver


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything on the switch that bears our name: attempt id to its parts."""

    at: datetime
    calls: Mapping[str, Mapping[str, Sight]] = field(default_factory=dict)
