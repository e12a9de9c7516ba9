"""What must be kept of a visit, and for how long, as groups of a policy."""

from typing import Literal

from pydantic import Field

from callcenter.domain.policies.base import Group
from callcenter.domain.refusal import Strength

MIN_RETENTION_YEARS = 3
"""C6-04, C6-19, C6-59."""


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
    by a sound, once he has answered; no rule asks for it.
    """

    recording: Literal["mandatory"] = "mandatory"
    strength: Literal[Strength.HARD] = Strength.HARD
    onsite_signature: Literal["mandatory", "optional"] = "mandatory"
    onsite_recording: Literal["mandatory", "not_needed"] = "not_needed"
    recording_notice: Literal["none", "sound"] = "none"
