"""What must be kept of a visit, and for how long, as groups of a policy."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from callcenter.domain.outcomes import Disposition
from callcenter.domain.policies.base import Group
from callcenter.domain.refusal import Strength

MIN_RETENTION_YEARS = 3
"""C6-04, C6-19, C6-59."""


class RecordingFails(StrEnum):
    """What becomes of a talk whose recording fails. GO_ON: another recorder is begun, and the gap is listed."""

    GO_ON = "go_on"
    END = "end"


class RetentionGroup(Group):
    """years: logs, recordings and all other data of a visit are kept at least so long (C6-04, C6-19, C6-59).
    offline_disc: they may be written to discs that lie apart (C6-05).
    """

    years: int = Field(default=MIN_RETENTION_YEARS, ge=MIN_RETENTION_YEARS)
    strength: Literal[Strength.HARD] = Strength.HARD
    offline_disc: bool = False


class EvidenceGroup(Group):
    """recording: every phone visit is recorded (C6-02, C9-18). onsite_signature, onsite_recording: a visit face to face
    has the customer's signature instead (C3-05, YC-25). recording_notice: whether the customer is told of the recording
    by a sound, once he has answered; no rule asks for it. recording_fails: in the middle of a talk; the talk goes on,
    and the failure is listed with it, or ends at once. pause_seconds: so long an agent may pause the recording at a
    time, with a reason; not set: never, since everything is recorded (C6-02); no rule speaks of pauses. pauses_most:
    so often in one talk. dispositions: what an agent may say of a talk; empty for everything. own_words: a talk about a
    problem has the customer's own words (N1-23).
    """

    recording: Literal["mandatory"] = "mandatory"
    strength: Literal[Strength.HARD] = Strength.HARD
    onsite_signature: Literal["mandatory", "optional"] = "mandatory"
    onsite_recording: Literal["mandatory", "not_needed"] = "not_needed"
    recording_notice: Literal["none", "sound"] = "none"
    recording_fails: RecordingFails = RecordingFails.GO_ON
    dispositions: tuple[Disposition, ...] = ()
    own_words: bool = False
    pause_seconds: int | None = Field(default=None, ge=5, le=600)
    pauses_most: int = Field(default=3, ge=1, le=20)
