"""Is the record of a visit (回访记录表) complete? Seven fields (C6-03) and those other rules demand beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import Agent, Case, Channel, VisitType
from callcenter.domain.recording import Pause, RecordingState
from callcenter.domain.times.windows import in_zone
from callcenter.domain.words.sentences import Language, outcome_sentence

CHANNEL_NAMES: Mapping[Channel, str] = {
    Channel.PHONE: "电话回访",
    Channel.SMS: "短信回访",
    Channel.EMAIL: "电邮回访",
    Channel.LETTER: "信函回访",
    Channel.ONSITE: "上门回访",
}
"""What the form prints: a visit by phone must literally say 电话回访 (N9-04)."""

_KEPT = frozenset({RecordingState.STORED, RecordingState.VERIFIED})


class FieldName(StrEnum):
    """What can be missing, in the order of the form."""

    VISITED_AT = "visited_at"
    AGENT = "agent"
    STAFF_NUMBER = "staff_number"
    CUSTOMER = "customer"
    CHANNEL = "channel"
    CONTENT = "content"
    PROBLEMS = "problems"
    HANDLING_RESULT = "handling_result"
    OUTCOME = "outcome"
    OUTCOME_REASON = "outcome_reason"
    DISPOSITION = "disposition"
    VISIT_TYPE = "visit_type"
    PURPOSE = "purpose"
    PLAN = "plan"
    ATTEMPT = "attempt"
    SLOT = "slot"
    ROUND = "round"
    NEXT_VISIT_AT = "next_visit_at"
    IDENTITY = "identity"
    SCRIPT = "script"
    OWN_WORDS = "own_words"
    OFFERED = "offered"
    OFFER_TEXT = "offer_text"
    OFFER_TAKEN = "offer_taken"
    OFFER_TAKEN_BY = "offer_taken_by"
    RECORDING = "recording"
    RECORDING_EXCEPTION = "recording_exception"


class RecordingException(StrEnum):
    """Why a visit has no recording, as the list of exceptions has it (C6-02, C6-21)."""

    RECORDER_FAULT = "recorder_fault"
    SWITCH_FAULT = "switch_fault"
    STORAGE_FAULT = "storage_fault"
    RECORDING_LOST = "recording_lost"
    OTHER_PHONE = "other_phone"


@dataclass(frozen=True, slots=True)
class VisitLog:
    """The record of one attempt. Empty text and None mean not filled in.

    visited_at, next_visit_at: UTC. agent, staff_number: who called. customer: whose visit it was; contact: who spoke
    and in which role, where it was not the customer. content: what was said and answered. problems: in the customer's
    own words, or that there were none. outcome_reason: why the dial was in vain (C6-56). attempt: the ordinal among
    the callback's attempts. slot, round: C6-57, C9-21. hung_up_by: C7-07. manager: whose customer it is (C6-08).
    resolved: False keeps the visit open until a next visit is fixed (N11-15); None: not said. exception,
    exception_note: why there is no recording, and the circumstances. caller_id: what the customer was shown (C6-20).
    notice_at: UTC; when the customer had been told of the recording, None where he was not.
    dislikes_calls: the customer is to be called less often (N6-17); as the customer's record had it when the log was
    opened. own_words: what the customer said of problems and wishes, word for word (N1-23). offered: by which channel
    he who refused calls was asked to be visited instead (C6-22), and offer_text in which words; offer_taken: whether
    that was accepted, None for no answer; offer_taken_by: by whom. pauses: of the recording.
    """

    attempt_id: str
    callback_id: str
    visited_at: datetime | None = None
    agent: str = ""
    staff_number: str = ""
    customer: str = ""
    contact: str = ""
    channel: Channel | None = None
    content: str = ""
    problems: str = ""
    handling_result: str = ""
    outcome: Outcome | None = None
    outcome_reason: str = ""
    disposition: Disposition | None = None
    visit_type: VisitType | None = None
    purpose: str = ""
    plan: str = ""
    attempt: int = 0
    slot: str = ""
    round: int = 0
    hung_up_by: EndReason | None = None
    language: str = ""
    manager: str = ""
    resolved: bool | None = None
    next_visit_at: datetime | None = None
    exception: RecordingException | None = None
    exception_note: str = ""
    caller_id: str = ""
    dislikes_calls: bool = False
    notice_at: datetime | None = None
    own_words: str = ""
    offered: Channel | None = None
    offer_text: str = ""
    offer_taken: bool | None = None
    offer_taken_by: str = ""
    pauses: tuple[Pause, ...] = ()

    @property
    def answered(self) -> bool:
        return self.outcome is Outcome.ANSWERED


_ALWAYS: Mapping[FieldName, str] = {
    FieldName.VISITED_AT: "visited_at",
    FieldName.AGENT: "agent",
    FieldName.STAFF_NUMBER: "staff_number",
    FieldName.CUSTOMER: "customer",
    FieldName.CHANNEL: "channel",
    FieldName.OUTCOME: "outcome",
    FieldName.VISIT_TYPE: "visit_type",
    FieldName.PLAN: "plan",
    FieldName.ATTEMPT: "attempt",
    FieldName.SLOT: "slot",
    FieldName.ROUND: "round",
}
_OF_A_TALK: Mapping[FieldName, str] = {
    FieldName.PURPOSE: "purpose",
    FieldName.CONTENT: "content",
    FieldName.PROBLEMS: "problems",
    FieldName.HANDLING_RESULT: "handling_result",
    FieldName.DISPOSITION: "disposition",
}
_OF_A_VAIN_DIAL: Mapping[FieldName, str] = {FieldName.OUTCOME_REASON: "outcome_reason"}


def missing_fields(log: VisitLog) -> tuple[FieldName, ...]:
    """The mandatory fields that are not filled in, in the order of the form. A talk needs its content, a vain dial its
    reason; an appointment and an unsolved problem need the next visit's time.
    """
    wanted = {**_ALWAYS, **(_OF_A_TALK if log.answered else _OF_A_VAIN_DIAL)}
    missing = {name for name, attribute in wanted.items() if not _filled(getattr(log, attribute))}
    again = log.disposition is Disposition.APPOINTMENT or log.resolved is False
    if log.answered and again and log.next_visit_at is None:
        missing.add(FieldName.NEXT_VISIT_AT)
    return tuple(name for name in FieldName if name in missing)


def may_close(log: VisitLog, recording: RecordingState | None) -> tuple[FieldName, ...]:
    """What keeps the log open; empty when it may be closed.

    A talk needs its recording, stored or verified, or an exception from the list with its circumstances (C6-02,
    C6-19). A vain dial's log closes with outcome and reason alone (C6-56). recording: None when there never was one.
    """
    missing = missing_fields(log)
    if not log.answered or recording in _KEPT:
        return missing
    if log.exception is None:
        return (*missing, FieldName.RECORDING)
    if not _filled(log.exception_note):
        return (*missing, FieldName.RECORDING_EXCEPTION)
    return missing


def opened_log(case: Case, attempt: Attempt, agent: Agent) -> VisitLog:
    """The log of an attempt with all that the machine knows; of a vain one it is complete."""
    outcome = attempt.outcome
    return VisitLog(
        attempt_id=attempt.id,
        callback_id=attempt.callback_id,
        visited_at=attempt.started_at,
        agent=agent.name,
        staff_number=agent.staff_number,
        customer=" ".join(part for part in (case.customer.organisation, case.customer.name) if part),
        channel=Channel.PHONE,
        outcome=outcome,
        outcome_reason=_reason(outcome, attempt.end_reason, case),
        visit_type=case.callback.visit_type,
        purpose=case.callback.purpose or case.plan.purpose,
        plan=case.plan.name,
        attempt=attempt.ordinal,
        slot=attempt.slot,
        round=attempt.round,
        hung_up_by=attempt.end_reason if outcome is Outcome.ANSWERED else None,
        language=case.customer.language,
        manager=case.customer.manager,
        caller_id=attempt.caller_id,
        dislikes_calls=case.customer.dislikes_calls,
    )


def with_gaps(log: VisitLog, failed_at: Sequence[datetime], case: Case) -> VisitLog:
    """The log of a talk that went on though its recorder failed: the exception is listed by itself (C6-02). failed_at:
    UTC, when a recorder was given up and another begun.
    """
    if not failed_at or not log.answered:
        return log
    told = ", ".join(in_zone(zone_name(case), at).strftime("%H:%M:%S") for at in failed_at)
    text = "录音在 {} 中断，已重新开始录音" if _chinese(case) else "the recording failed at {}, and was begun anew"
    return replace(log, exception=RecordingException.RECORDER_FAULT, exception_note=text.format(told))


def _chinese(case: Case) -> bool:
    return case.customer.language.casefold().startswith("zh")


def _reason(outcome: Outcome | None, end: EndReason | None, case: Case) -> str:
    if outcome is None or outcome is Outcome.ANSWERED:
        return ""
    return outcome_sentence(outcome, end, Language.ZH if _chinese(case) else Language.EN)


def _filled(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None and value != 0
