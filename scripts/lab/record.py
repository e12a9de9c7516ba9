"""What did the telephone network itself see? Its record of calls, read back.

Each line is `time event id number detail`, written by dialplans/network/record.conf.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

Party = Literal["network", "caller"]
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class SeenCall:
    """One call as the network saw it. All instants are aware and UTC; `ended_at` is None while it lives.

    `hung_up_by` is "network" (the customer, or the network for a call that never came about) or "caller".
    `cause` is the Q.850 cause the network gave, None when the caller hung up.
    """

    id: str
    number: str
    started_at: datetime
    caller: str = ""
    progress_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hung_up_by: Party | None = None
    cause: int | None = None

    @property
    def to_phone(self) -> bool:
        """Tell whether it went to an agent's phone, not to a customer."""
        return self.number.startswith("agent-")

    @property
    def live(self) -> bool:
        """Tell whether its end was not seen."""
        return self.ended_at is None


def read_record(file: Path) -> list[SeenCall]:
    """Return all calls of the record in the order of their arrival; a last line cut short is left out."""
    calls: dict[str, SeenCall] = {}
    text = file.read_text() if file.exists() else ""
    for line in text.splitlines(keepends=True):
        words = line.split()
        if len(words) < _FIELDS or not line.endswith("\n"):
            continue
        time, event, call_id, number, *detail = words
        at = datetime.fromtimestamp(float(time), UTC)
        if event == "incoming":
            calls[call_id] = SeenCall(call_id, number, at, caller=detail[0] if detail else "")
        elif call_id in calls:
            calls[call_id] = _after(calls[call_id], event, at, detail)
    return list(calls.values())


def _after(call: SeenCall, event: str, at: datetime, detail: list[str]) -> SeenCall:
    match event:
        case "progress":
            return replace(call, progress_at=at)
        case "ringing":
            return replace(call, ringing_at=at)
        case "answered":
            return replace(call, answered_at=at)
        case "ended":
            by: Party = "network" if detail[:1] == ["network"] else "caller"
            cause = int(detail[1]) if by == "network" and len(detail) > 1 else None
            return replace(call, ended_at=at, hung_up_by=by, cause=cause)
        case _:
            raise ValueError(f"the network's record has an unknown event: {event}")
