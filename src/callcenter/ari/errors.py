"""How a request to Asterisk fails: it never left, Asterisk said no, or it may have happened.

Each is one of the classes of `domain.telephony`, which is all that the engine needs to know.
"""

from callcenter.domain.calls.telephony import (
    TelephonyFatalError,
    TelephonyNotSent,
    TelephonyRefused,
    TelephonyUnavailable,
    TelephonyUnknown,
)


class NotSentError(TelephonyNotSent):
    """No byte of the request left: nothing happened."""


class OutcomeUnknownError(TelephonyUnknown):
    """The request left, and no answer that can be read came back."""


class RefusedError(TelephonyRefused):
    """Asterisk answered with an error. status: HTTP's; detail: Asterisk's own sentence."""


class UnauthorizedError(RefusedError, TelephonyFatalError):
    """401 or 403: wrong user or password, or the user may only read."""


class NotFoundError(RefusedError):
    """404."""


class ConflictError(RefusedError):
    """409: the id is taken, or the thing is not in the state for it. On a creation it is no proof: Asterisk repeats
    the error of an earlier request of the same connection, so ask for the thing itself.
    """


class InvalidStateError(RefusedError):
    """412 or 422: the channel is not, or not yet, in our application, or not in a state for this."""


class EndpointUnavailableError(TelephonyUnavailable, RefusedError):
    """500 `Allocation failed`: the endpoint is unknown, not registered, or its technology is not there."""


class SwitchError(RefusedError):
    """Any other 5xx."""


class ReplacedError(TelephonyFatalError):
    """Another program connected under our application's name; this socket stays open and silent for ever."""


ALLOCATION_FAILED = "Allocation failed"

_BY_STATUS: dict[int, type[RefusedError]] = {
    401: UnauthorizedError,
    403: UnauthorizedError,
    404: NotFoundError,
    409: ConflictError,
    412: InvalidStateError,
    422: InvalidStateError,
}


def refusal(status: int, detail: str) -> RefusedError:
    """The error for an answer of Asterisk that is not 2xx."""
    if status == 500 and detail == ALLOCATION_FAILED:  # noqa: PLR2004 (an HTTP status is its own name)
        return EndpointUnavailableError(status, detail)
    if status in _BY_STATUS:
        return _BY_STATUS[status](status, detail)
    return SwitchError(status, detail) if status >= 500 else RefusedError(status, detail)  # noqa: PLR2004 (as above)
