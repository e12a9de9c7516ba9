"""Values to store, each valid, each with everything that may be left out filled in where a test needs it."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call, CallState, CallTerms, PartState, RecorderLife
from callcenter.domain.outcomes import EndReason, Outcome, OutcomeRule
from callcenter.domain.people import (
    Agent,
    Callback,
    CallbackState,
    Channel,
    Customer,
    Plan,
    PlanState,
    VisitType,
)
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import AudioFormat, KeptRecording, Levels, MissingReason, RecordingState
from callcenter.domain.visits.closing import CallbackChange, Closing
from callcenter.domain.visits.visitlog import VisitLog

_BEGUN = os.environ.setdefault("STORAGE_TESTS_BEGAN", datetime.now(UTC).replace(microsecond=123456).isoformat())
NOW = datetime.fromisoformat(_BEGUN)
"""When the tests began; also in the processes that they start minutes later."""

LEASE = timedelta(minutes=5)
YEARS = timedelta(days=3 * 366)


def number(index: int = 1) -> PhoneNumber:
    return PhoneNumber(f"+86138{index:08}")


def agent(index: int = 1) -> Agent:
    return Agent(f"agent-{index}", f"{1000 + index}", "王芳", "visits", f"PJSIP/agent-{1000 + index}")


def plan(plan_id: str = "plan-1", state: PlanState = PlanState.RUNNING) -> Plan:
    return Plan(
        plan_id,
        "年度回访",
        "satisfaction",
        VisitType.ROUTINE_NEW,
        Channel.PHONE,
        "tongjiang",
        "Asia/Shanghai",
        "main",
        state,
    )


def customer(index: int = 1) -> Customer:
    return Customer(
        f"customer-{index}",
        "李雷",
        "同江 & Söhne",
        (number(index), number(index + 1000)),
        "Asia/Shanghai",
        "zh",
        "zhao",
        "sales",
    )


def callback(index: int = 1, plan_id: str = "plan-1") -> Callback:
    """Due since an hour; a higher index is due later."""
    return Callback(
        id=f"callback-{index:05}",
        plan_id=plan_id,
        customer_id=f"customer-{index}",
        purpose="welcome",
        visit_type=VisitType.ROUTINE_NEW,
        state=CallbackState.WAITING,
        due_at=NOW - timedelta(hours=1) + timedelta(milliseconds=index),
        priority=5,
        round=1,
        created_at=NOW - timedelta(days=1),
    )


def attempt(index: int = 1, *, ordinal: int = 1, agent_index: int | None = None) -> Attempt:
    """Of the callback and the customer's number of this index, by the agent of this index."""
    return Attempt(
        id=f"attempt-{index:05}-{ordinal}",
        callback_id=f"callback-{index:05}",
        agent_id=f"agent-{agent_index or index}",
        number=number(index),
        round=1,
        ordinal=ordinal,
        slot="2026-11-23/10:00-11:00",
        policy="tongjiang",
        policy_version=1,
        started_at=NOW,
    )


def call(attempt_id: str) -> Call:
    terms = CallTerms(
        "PJSIP/agent-1001", "PJSIP/+8613800000001@trunk", outcome_rules=(OutcomeRule(Outcome.BUSY, sip=486),)
    )
    return Call(attempt_id, terms, NOW)


def talking(attempt_id: str) -> Call:
    return replace(
        call(attempt_id),
        state=CallState.TALKING,
        parts={"c": PartState.UP, "a1": PartState.UP, "b": PartState.REQUESTED},
        recorders={"ri1": RecorderLife(NOW), "ro1": RecorderLife(NOW, NOW + LEASE, ended=True)},
        dialled_at=NOW,
        answered_at=NOW + timedelta(seconds=7),
    )


def closing(
    begun: Attempt, outcome: Outcome = Outcome.ANSWERED, state: CallbackState = CallbackState.WRAP_UP
) -> Closing:
    ended_at = begun.started_at + timedelta(minutes=1)
    over = replace(begun, ended_at=ended_at, outcome=outcome, end_reason=EndReason.CUSTOMER)
    answered = outcome is Outcome.ANSWERED
    return Closing(
        attempt=over,
        call=replace(talking(begun.id), state=CallState.ENDED, parts={}, ended_at=ended_at, outcome=outcome),
        change=CallbackChange(state, not_before=None if answered else ended_at + timedelta(hours=2)),
        log=VisitLog(begun.id, begun.callback_id, visited_at=begun.started_at, agent="王芳", outcome=outcome),
        log_closed=not answered,
        keep_until=begun.started_at + YEARS,
        recording=RecordingState.STOPPED if answered else RecordingState.MISSING,
        recording_reason=None if answered else MissingReason.NOT_DIALLED,
        at=ended_at,
    )


def kept(attempt_id: str) -> KeptRecording:
    return KeptRecording(
        path=f"2026/11/23/{attempt_id}.flac",
        format=AudioFormat.FLAC,
        sha256="ab" * 32,
        size_bytes=5_000_000_000,
        duration_ms=61_250,
        sample_rate=16_000,
        started_at=NOW,
        left=Levels(-3.25, -20.5, 0.125),
        right=Levels(-120.0, -120.0, 1.0),
        segments=2,
        repaired=True,
        lost_tail_ms=1900,
        warnings=("tail_lost",),
        unread=("x-ri2",),
    )
