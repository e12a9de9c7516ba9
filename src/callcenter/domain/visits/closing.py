"""What is written, together, when a call has ended."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.dials.decided import Decided
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.visitlog import VisitLog


@dataclass(frozen=True, slots=True)
class CallbackChange:
    """The callback's next state. not_before: UTC, None for at once. appointment_at: UTC, None for none.
    round, due_at (UTC): None leaves it. number_wanted_until: UTC, None where no new number is waited for. decided: by
    which rules, where a policy's did. return_settled: the customer who rang back was talked with, or needs no call.
    """

    state: CallbackState
    not_before: datetime | None = None
    exhausted_reason: str | None = None
    appointment_at: datetime | None = None
    round: int | None = None
    due_at: datetime | None = None
    number_wanted_until: datetime | None = None
    decided: Decided | None = None
    return_settled: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """attempt carries its outcome; call is ENDED; recording is STOPPED, or MISSING with a reason. log_closed: the log
    of a vain dial is complete and closes at once. keep_until: UTC, for the log and the recording. events: those of
    the call that are not in its journal yet.
    """

    attempt: Attempt
    call: Call
    change: CallbackChange
    log: VisitLog
    log_closed: bool
    keep_until: datetime
    recording: RecordingState
    recording_reason: MissingReason | None
    at: datetime
    events: tuple[CallEvent, ...] = ()
