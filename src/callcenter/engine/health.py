"""May anything be dialled at all? What the gate is told of the switch, the recorder and the disk."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.calls.call import Call
from callcenter.domain.outcomes import EndReason

RECORDER_PAUSE = timedelta(seconds=30)
"""After a recorder failed, so long nothing is dialled; then one call may show whether it writes again."""


@dataclass(slots=True)
class Health:
    """Kept by the service while it runs. recorder_down_until: UTC. archive_trouble: why a recording waits to
    be archived; empty when none does."""

    stopping: bool = False
    recorder_down_until: datetime | None = None
    archive_trouble: str = ""

    def learn(self, call: Call, now: datetime) -> None:
        """From a call that has ended: does the recorder write?"""
        if call.end_reason is EndReason.RECORDER_FAILED:
            self.recorder_down_until = now + RECORDER_PAUSE
        elif call.growth_proven:
            self.recorder_down_until = None

    def recorder_refuses_until(self, now: datetime) -> datetime | None:
        """When the recorder may be tried again; None when it is thought to be well."""
        until = self.recorder_down_until
        return until if until is not None and until > now else None
