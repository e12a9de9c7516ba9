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
    CALLBACK_NOT_HELD = "callback.not_held"
    CALLBACK_NOT_YET = "callback.not_yet"
    CALLBACK_EXHAUSTED = "callback.exhausted"
    POLICY_UNKNOWN = "policy.unknown"
    TRUNK_UNKNOWN = "trunk.unknown"
    PLAN_NOT_RUNNING = "plan.not_running"
    PLAN_NOT_BEGUN = "plan.not_begun"
    PLAN_OVER = "plan.over"
    AGENT_NOT_OF_PLAN = "plan.another_executor"
    AGENT_UNKNOWN = "agent.unknown"
    PHONE_UNKNOWN = "phone.unknown"
    PHONE_NOT_READY = "phone.not_ready"
    AGENT_BUSY = "agent.busy"
    AGENT_ON_BREAK = "agent.on_break"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    SECOND_VISIT = "visit.by_another"
    CASE_WITHDRAWN = "case.withdrawn"
    OPT_OUT = "customer.opted_out"
    NUMBER_MISSING = "number.missing"
    NUMBER_OF_SOMEBODY_ELSE = "number.of_somebody_else"
    NUMBER_MALFORMED = "number.malformed"
    NUMBER_EMERGENCY = "number.emergency"
    NUMBER_PREMIUM = "number.premium"
    NUMBER_PREFIX = "number.prefix_not_allowed"
    NUMBER_LIVE = "number.live"
    NUMBER_WRONG = "number.wrong"
    NUMBER_BLOCKED = "number.blocked"
    CAP_NUMBER = "cap.number"
    CAP_CUSTOMER = "cap.customer"
    ZONE_UNKNOWN = "zone.unknown"
    CALENDAR_UNKNOWN = "calendar.unknown"
    PUBLIC_HOLIDAY = "calendar.public_holiday"
    CLOSING_DAY = "calendar.closing_day"
    WINDOW_UNSET = "window.unset"
    WINDOW_CLOSED = "window.closed"
    APPOINTMENT_LATER = "callback.appointment_later"
    SLOT_USED = "attempts.same_slot"
    PHONE_NOT_YET = "rounds.phone_not_yet"
    PHONE_FORBIDDEN = "rounds.phone_forbidden"
    PLAN_NOT_BY_PHONE = "plan.not_by_phone"
    CLASS_NOT_BY_PHONE = "channel.by_class"
    RING_TOO_SHORT = "ring.too_short"
    CALL_NOT_RINGING = "call.not_ringing"
    PAUSE_FORBIDDEN = "recording.pause_forbidden"
    PAUSE_NO_TALK = "recording.no_talk"
    PAUSE_LASTS = "recording.pause_lasts"
    PAUSE_NONE = "recording.not_paused"
    PAUSES_USED = "recording.pauses_used"
    PAUSE_NO_RECORDER = "recording.being_replaced"
    PAUSE_UNREASONED = "recording.pause_without_reason"
    RETURN_GONE = "return.gone"
    CALLS_FULL = "calls.full"
    HANDS_FULL = "agent.hands_full"
    SWITCH_DOWN = "switch.down"
    RECORDER_DOWN = "recorder.down"
    ARCHIVE_DOWN = "archive.down"
    DISK_FULL = "disk.full"
    SERVICE_STOPPING = "service.stopping"
    TRIGGER_UNKNOWN = "due.trigger_unknown"
    DUE_UNKNOWN = "due.unknown"


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
