"""Why not? A refusal is a value: the rule, where the rule comes from, and when it opens again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Strength(StrEnum):
    """How binding a rule is (requirements, part 6): a hard rule has no way round."""

    HARD = "hard"
    OVERRIDE = "override_with_reason"
    ADVISORY = "advisory"


class Rule(StrEnum):
    """Every rule that can say no, by a name that can be counted."""

    CALLBACK_NOT_FOUND = "callback.not_found"
    CALLBACK_NOT_WAITING = "callback.not_waiting"
    CALLBACK_WITH_ANOTHER_AGENT = "callback.with_another_agent"
    CALLBACK_NOT_YET = "callback.not_yet"
    CALLBACK_EXHAUSTED = "callback.exhausted"
    POLICY_UNKNOWN = "policy.unknown"
    TRUNK_UNKNOWN = "trunk.unknown"
    PLAN_NOT_RUNNING = "plan.not_running"
    AGENT_UNKNOWN = "agent.unknown"
    AGENT_BUSY = "agent.busy"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    NUMBER_MISSING = "number.missing"
    NUMBER_MALFORMED = "number.malformed"
    NUMBER_EMERGENCY = "number.emergency"
    NUMBER_PREMIUM = "number.premium"
    NUMBER_PREFIX = "number.prefix_not_allowed"
    NUMBER_LIVE = "number.live"
    ZONE_UNKNOWN = "zone.unknown"
    CALENDAR_UNKNOWN = "calendar.unknown"
    PUBLIC_HOLIDAY = "calendar.public_holiday"
    CLOSING_DAY = "calendar.closing_day"
    WINDOW_UNSET = "window.unset"
    WINDOW_CLOSED = "window.closed"
    APPOINTMENT_LATER = "callback.appointment_later"
    SLOT_USED = "attempts.same_slot"
    RING_TOO_SHORT = "ring.too_short"
    CALL_NOT_RINGING = "call.not_ringing"
    CALLS_FULL = "calls.full"
    SWITCH_DOWN = "switch.down"
    RECORDER_DOWN = "recorder.down"
    ARCHIVE_DOWN = "archive.down"
    DISK_FULL = "disk.full"
    SERVICE_STOPPING = "service.stopping"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule said no.

    source: the rule's ID in the requirements catalogue (for example `C6-58`), or `product` for a default of ours.
    opens_at: UTC instant from which this rule no longer refuses, where that is known.
    detail: values for the sentence shown to a person; never personal data in clear.
    """

    rule: Rule
    source: str = "product"
    strength: Strength = Strength.HARD
    opens_at: datetime | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
