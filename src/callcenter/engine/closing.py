"""A call has ended: outcome, visit log, recording and what follows go into the books together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from callcenter.domain.attempt import Attempt, CallDirection
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.dials.decided import decided
from callcenter.domain.dials.retry import (
    AgainReason,
    Appointment,
    AwaitLog,
    Decision,
    Exhausted,
    Finished,
    NextRound,
    TryAgain,
    decide,
    zone_name,
)
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policies.evidence import MIN_RETENTION_YEARS
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.retention import keep_until
from callcenter.domain.visits.closing import CallbackChange, Closing
from callcenter.domain.visits.visitlog import may_close, opened_log, with_gaps
from callcenter.engine.archiving import Archivist
from callcenter.engine.feed import AlarmRaised, CallClosed, Feed
from callcenter.engine.governing import policy_of
from callcenter.engine.health import Health
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AttemptStore, CallbackStore, PeopleStore, PolicyStore
from callcenter.engine.waiting import endless

log = structlog.get_logger()

SAVE_RETRY_SECONDS = (2.0, 5.0, 15.0, 60.0)


@dataclass(frozen=True, slots=True)
class ClosingParts:
    attempts: AttemptStore
    callbacks: CallbackStore
    people: PeopleStore
    policies: PolicyStore
    clock: Clock
    feed: Feed
    health: Health
    archivist: Archivist


class Closer:
    """Called once with each call that has ended; tries until the books can be written."""

    def __init__(self, parts: ClosingParts) -> None:
        self._parts = parts

    async def close(self, call: Call, events: Sequence[CallEvent]) -> None:
        """events: those that led to the end and are not in the call's journal yet."""
        self._parts.health.learn(call, self._parts.clock.now())
        follows = await self._written(call, events)
        self._parts.archivist.add(call.attempt_id)
        log.info("call closed", outcome=call.outcome, end_reason=call.end_reason, follows=follows)
        self._parts.feed.publish(CallClosed(self._parts.clock.now(), call.attempt_id, follows))

    async def _written(self, call: Call, events: Sequence[CallEvent]) -> str:
        clock = self._parts.clock
        for seconds in endless(SAVE_RETRY_SECONDS):
            try:
                return await self._write(call, events)
            except Exception as error:  # every kind of trouble is waited out: the attempt stays live until then
                log.exception("end of call not written, trying again", seconds=seconds)
                self._parts.feed.publish(
                    AlarmRaised(clock.now(), "end_not_written", call.attempt_id, type(error).__name__)
                )
            await clock.sleep(seconds)
        raise AssertionError("never given up")

    async def _write(self, call: Call, events: Sequence[CallEvent]) -> str:
        parts, now = self._parts, self._parts.clock.now()
        record = await parts.attempts.get(call.attempt_id)
        if record is None:
            raise LookupError(f"attempt {call.attempt_id} is not in the books")
        attempt = replace(
            record.attempt, ended_at=call.ended_at or now, outcome=call.outcome, end_reason=call.end_reason
        )
        case = await parts.callbacks.case(attempt.callback_id)
        agent = await parts.people.agent(attempt.agent_id)
        if case is None or agent is None:
            raise LookupError(f"callback or agent of attempt {attempt.id} is gone")
        policy = await policy_of(parts.policies, case.plan, now)
        change = await self._change(policy, case, attempt, now)
        opened = replace(opened_log(case, attempt, agent), notice_at=call.notice_at, pauses=call.pauses)
        visit = with_gaps(opened, call.recorder_failed_at, case)
        years = policy.retention.years if policy else MIN_RETENTION_YEARS
        state, reason = recording_after(call)
        if attempt.phone:
            reason = MissingReason.OTHER_PHONE
        await parts.attempts.finish(
            Closing(
                attempt=attempt,
                call=call,
                change=change,
                log=visit,
                log_closed=not visit.answered and not may_close(visit, state),
                keep_until=keep_until(attempt.started_at, years, zone_name(case)),
                recording=state,
                recording_reason=reason,
                at=now,
                events=tuple(events),
            )
        )
        return change.state if change.exhausted_reason is None else f"{change.state}: {change.exhausted_reason}"

    async def _change(self, policy: Policy | None, case: Case, attempt: Attempt, now: datetime) -> CallbackChange:
        if attempt.direction is CallDirection.INBOUND and attempt.outcome is Outcome.ANSWERED:
            # Wherever his callback stood: what the agent writes of the talk decides.
            change = CallbackChange(CallbackState.WRAP_UP)
            return change if policy is None else with_rules(change, policy, AwaitLog(), attempt.outcome)
        if policy is None:
            # The policy was there when the attempt was made. Nothing is guessed: the gate refuses until it is back.
            answered = attempt.outcome is Outcome.ANSWERED
            return CallbackChange(CallbackState.WRAP_UP if answered else CallbackState.WAITING)
        past = await self._parts.attempts.of_callback(attempt.callback_id)
        ended = [attempt if each.id == attempt.id else each for each in past]
        follows = decide(policy, case, ended, now)
        change = change_for(follows)
        if isinstance(follows, TryAgain) and follows.reason is AgainReason.NOT_CHARGED:
            # The customer noticed nothing: what was agreed with him still holds.
            change = replace(change, appointment_at=case.callback.appointment_at)
        return with_rules(change, policy, follows, attempt.outcome)


def change_for(decision: Decision | Appointment) -> CallbackChange:
    """What a decision of the retry rules means for the callback."""
    match decision:
        case TryAgain(not_before=not_before):
            return CallbackChange(CallbackState.WAITING, not_before=not_before)
        case Appointment(at=at):
            return CallbackChange(CallbackState.WAITING, not_before=at, appointment_at=at)
        case NextRound(number=number, not_before=not_before, due_at=due_at):
            return CallbackChange(CallbackState.WAITING, not_before=not_before, round=number, due_at=due_at)
        case Exhausted(reason=reason, number_wanted_until=until):
            return CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=reason, number_wanted_until=until)
        case Finished():
            return CallbackChange(CallbackState.DONE)
        case AwaitLog():
            return CallbackChange(CallbackState.WRAP_UP)


def with_rules(
    change: CallbackChange, policy: Policy, decision: Decision | Appointment, outcome: Outcome | None
) -> CallbackChange:
    """The change, and what decided it. outcome: of the dial that it follows."""
    if outcome is None:
        return change
    return replace(change, decided=decided(policy, decision, outcome, change.state))


def recording_after(call: Call) -> tuple[RecordingState, MissingReason | None]:
    """Where the recording stands when the call has ended; the archivist takes it from there."""
    if any(life.started_at is not None for life in call.recorders.values()):
        return RecordingState.STOPPED, None
    if call.dialled_at is None:
        return RecordingState.MISSING, MissingReason.NOT_DIALLED
    return RecordingState.MISSING, MissingReason.NEVER_STARTED
