"""Attempts: at most one live for each callback, number and agent; saved step by step; ended once."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.calls.words import (
    AgentUp,
    Answered,
    CallAgent,
    CommandFailed,
    Failure,
    HangUp,
    LegGone,
    Started,
)
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.records import AttemptRecord, Dials
from callcenter.storage.errors import AttemptNotFoundError, ConstraintBrokenError
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores


async def claimed(stores: Stores, index: int, agent_index: int | None = None) -> None:
    case = await stores.callbacks.claim(f"callback-{index:05}", f"agent-{agent_index or index}", NOW, NOW + LEASE)
    assert isinstance(case, Case)


async def test_a_begun_attempt_is_live_with_its_call_and_a_requested_recording(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    assert await stores.attempts.live() == [AttemptRecord(attempt, cases.call(attempt.id))]
    assert await stores.attempts.get(attempt.id) == AttemptRecord(attempt, cases.call(attempt.id))
    callback = await stores.callback()
    assert (callback.state, callback.leased_to, callback.leased_until) == (CallbackState.CALLING, "agent-1", None)
    recording = await stores.recordings.get(attempt.id)
    assert recording is not None
    assert [step.state for step in recording.steps] == [recording.state] == [RecordingState.REQUESTED]
    dials = stores.attempts.dials
    assert await dials(attempt.callback_id, attempt.number, "agent-1") == Dials((attempt,), True, True)
    assert await dials("callback-00002", cases.number(2), "agent-2") == Dials((), False, False)
    assert await dials("callback-00002", None, None) == Dials((), False, False)


async def test_without_a_lease_nothing_begins(stores: Stores) -> None:
    await stores.seed(2)
    await claimed(stores, 1)
    theirs = cases.attempt(1, agent_index=2)
    refusal = await stores.attempts.begin(theirs, cases.call(theirs.id), NOW)
    assert refusal is not None
    assert refusal.rule is Rule.CALLBACK_WITH_ANOTHER_AGENT
    unclaimed = cases.attempt(2)
    refusal = await stores.attempts.begin(unclaimed, cases.call(unclaimed.id), NOW)
    assert refusal is not None
    assert refusal.rule is Rule.CALLBACK_NOT_WAITING
    nowhere = cases.attempt(3, agent_index=1)
    refusal = await stores.attempts.begin(nowhere, cases.call(nowhere.id), NOW)
    assert refusal is not None
    assert refusal.rule is Rule.CALLBACK_NOT_FOUND
    assert await stores.attempts.latest() == []


async def test_a_lease_that_ran_out_must_be_renewed_first(stores: Stores) -> None:
    await stores.seed()
    await claimed(stores, 1)
    attempt = cases.attempt()
    refusal = await stores.attempts.begin(attempt, cases.call(attempt.id), NOW + LEASE)
    assert refusal is not None
    assert refusal.rule is Rule.CALLBACK_NOT_WAITING


async def test_the_same_attempt_begins_once(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    refusal = await stores.attempts.begin(attempt, cases.call(attempt.id), NOW)
    assert refusal is not None
    assert refusal.rule is Rule.CALLBACK_NOT_WAITING
    assert len(await stores.attempts.live()) == 1


async def test_a_number_has_one_live_attempt_and_the_refused_one_leaves_no_trace(stores: Stores) -> None:
    await stores.seed(2)
    first = await stores.begin()
    await claimed(stores, 2)
    before = await stores.callback(2)
    second = replace(cases.attempt(2), number=first.number)
    refusal = await stores.attempts.begin(second, cases.call(second.id), NOW)
    assert refusal == Refusal(Rule.NUMBER_LIVE)
    assert await stores.callback(2) == before
    assert await stores.attempts.get(second.id) is None
    assert await stores.recordings.get(second.id) is None
    await stores.attempts.finish(cases.closing(first))
    assert await stores.attempts.begin(second, cases.call(second.id), NOW) is None


async def test_an_agent_has_one_live_attempt(stores: Stores) -> None:
    await stores.seed(2)
    await stores.begin()
    await claimed(stores, 2, agent_index=1)
    second = cases.attempt(2, agent_index=1)
    refusal = await stores.attempts.begin(second, cases.call(second.id), NOW)
    assert refusal == Refusal(Rule.AGENT_BUSY)


async def test_the_live_attempt_of_an_agent_is_found_until_it_is_finished(stores: Stores) -> None:
    await stores.seed(2)
    await claimed(stores, 2, agent_index=2)
    other = cases.attempt(2, agent_index=2)
    assert await stores.attempts.begin(other, cases.call(other.id), NOW) is None
    attempt = await stores.begin()
    assert await stores.attempts.live_of(attempt.agent_id) == attempt
    assert await stores.attempts.live_of(other.agent_id) == other
    assert await stores.attempts.live_of("nobody") is None
    await stores.attempts.finish(cases.closing(attempt))
    assert await stores.attempts.live_of(attempt.agent_id) is None
    assert await stores.attempts.live_of(other.agent_id) == other


async def test_a_callback_has_one_live_attempt_even_when_its_state_says_otherwise(stores: Stores) -> None:
    await stores.seed(2)
    await stores.begin()
    calling = await stores.callback()
    assert await stores.callbacks.change(calling.id, calling.version, CallbackChange(CallbackState.WAITING))
    await claimed(stores, 1, agent_index=2)
    second = replace(cases.attempt(1, ordinal=2, agent_index=2), number=cases.number(7))
    refusal = await stores.attempts.begin(second, cases.call(second.id), NOW)
    assert refusal == Refusal(Rule.CALLBACK_NOT_WAITING)


async def test_an_ordinal_used_twice_is_a_mistake_and_not_a_refusal(stores: Stores) -> None:
    await stores.seed()
    first = await stores.begin()
    await stores.attempts.finish(cases.closing(first, Outcome.BUSY, CallbackState.WAITING))
    await claimed(stores, 1)
    again = replace(cases.attempt(), id="another")
    with pytest.raises(ConstraintBrokenError, match="uq_attempts_callback_id_ordinal"):
        await stores.attempts.begin(again, cases.call(again.id), NOW)


async def test_of_many_who_begin_at_once_with_one_number_one_rings(stores: Stores) -> None:
    await stores.seed(20)
    attempts = [replace(cases.attempt(index), number=cases.number(1)) for index in range(1, 21)]
    for index in range(1, 21):
        await claimed(stores, index)
    answers = await asyncio.gather(
        *(stores.attempts.begin(attempt, cases.call(attempt.id), NOW) for attempt in attempts)
    )
    assert [answer for answer in answers if answer] == [Refusal(Rule.NUMBER_LIVE)] * 19
    assert len(await stores.attempts.live()) == 1


async def test_a_saved_call_is_read_back_and_its_events_stand_in_order(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    talking = cases.talking(attempt.id)
    command = CallAgent("a1", "PJSIP/agent-1001", 30)
    failed = CommandFailed(NOW, command, Failure.UNKNOWN, "no answer")
    later = NOW - timedelta(seconds=1)
    await stores.attempts.save(talking, [Started(NOW), failed])
    await stores.attempts.save(talking, [AgentUp(later, "a1")])
    await stores.attempts.save(talking, [])
    record = await stores.attempts.get(attempt.id)
    assert record is not None
    assert record.call == talking
    entries = await stores.attempts.journal(attempt.id)
    assert [(entry.event, entry.at) for entry in entries] == [
        ("Started", NOW),
        ("CommandFailed", NOW),
        ("AgentUp", later),
    ]
    assert json.loads(entries[1].detail) == {
        "command": {"name": "CallAgent", "part": "a1", "endpoint": "PJSIP/agent-1001", "timeout_seconds": 30},
        "failure": "unknown",
        "detail": "no answer",
    }


async def test_the_journal_of_calls_that_run_at_once_keeps_each_call_in_order(stores: Stores) -> None:
    await stores.seed(5)
    attempts = [await stores.begin(index) for index in range(1, 6)]

    async def live_through(attempt_id: str) -> None:
        for cause in range(30):
            await stores.attempts.save(cases.talking(attempt_id), [LegGone(NOW, "c", cause), Answered(NOW)])

    await asyncio.gather(*(live_through(attempt.id) for attempt in attempts))
    for attempt in attempts:
        entries = await stores.attempts.journal(attempt.id)
        causes = [json.loads(entry.detail)["cause"] for entry in entries if entry.event == "LegGone"]
        assert causes == list(range(30))
        assert [entry.event for entry in entries] == ["LegGone", "Answered"] * 30


async def test_finishing_writes_everything_together(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    closing = cases.closing(attempt)
    await stores.attempts.finish(closing)
    assert await stores.attempts.get(attempt.id) == AttemptRecord(closing.attempt, closing.call)
    assert await stores.attempts.live() == []
    assert not (await stores.attempts.dials("callback-00001", None, "agent-1")).agent_busy
    callback = await stores.callback()
    assert (callback.state, callback.leased_to) == (CallbackState.WRAP_UP, "agent-1")
    log = await stores.logs.get(attempt.id)
    assert log is not None
    assert (log.log, log.closed_at, log.keep_until) == (closing.log, None, closing.keep_until)
    recording = await stores.recordings.get(attempt.id)
    assert recording is not None
    assert (recording.state, recording.keep_until) == (RecordingState.STOPPED, closing.keep_until)


async def test_a_vain_dial_is_logged_closed_and_waits_for_the_next(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    closing = cases.closing(attempt, Outcome.BUSY, CallbackState.WAITING)
    await stores.attempts.finish(closing)
    callback = await stores.callback()
    assert (callback.state, callback.leased_to) == (CallbackState.WAITING, None)
    assert callback.not_before == closing.change.not_before
    log = await stores.logs.get(attempt.id)
    assert log is not None
    assert log.closed_at == closing.at
    recording = await stores.recordings.get(attempt.id)
    assert recording is not None
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.NOT_DIALLED)


async def test_finishing_twice_changes_nothing(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    await stores.attempts.finish(cases.closing(attempt))
    state = await stores.callback(), await stores.attempts.get(attempt.id), await stores.logs.get(attempt.id)
    await stores.attempts.finish(cases.closing(attempt, Outcome.FAILED, CallbackState.EXHAUSTED))
    assert state == (await stores.callback(), await stores.attempts.get(attempt.id), await stores.logs.get(attempt.id))
    recording = await stores.recordings.get(attempt.id)
    assert recording is not None
    assert len(recording.steps) == 2


async def test_a_supervisors_decision_outlives_the_call(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    calling = await stores.callback()
    assert await stores.callbacks.change(calling.id, calling.version, CallbackChange(CallbackState.CLOSED))
    await stores.attempts.finish(cases.closing(attempt))
    assert (await stores.callback()).state is CallbackState.CLOSED


async def test_a_late_event_is_journalled_and_leaves_the_ended_call_alone(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    closing = cases.closing(attempt)
    await stores.attempts.finish(closing)
    await stores.attempts.save(cases.talking(attempt.id), [CommandFailed(NOW, HangUp("c", 16), Failure.REFUSED)])
    record = await stores.attempts.get(attempt.id)
    assert record is not None
    assert record.call == closing.call
    assert [entry.event for entry in await stores.attempts.journal(attempt.id)] == ["CommandFailed"]


async def test_an_unknown_attempt_is_told_of(stores: Stores) -> None:
    await stores.seed()
    with pytest.raises(AttemptNotFoundError):
        await stores.attempts.save(cases.call("nowhere"), [Started(NOW)])
    with pytest.raises(AttemptNotFoundError):
        await stores.attempts.finish(cases.closing(replace(cases.attempt(), id="nowhere")))
    assert await stores.attempts.get("nowhere") is None
    assert await stores.attempts.journal("nowhere") == []


async def test_an_attempt_without_an_outcome_is_not_finished(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    with pytest.raises(ValueError, match="no outcome"):
        await stores.attempts.finish(replace(cases.closing(attempt), attempt=attempt))


async def test_attempts_are_listed_oldest_first_for_a_callback_and_newest_first_in_all(stores: Stores) -> None:
    await stores.seed(2)
    first = cases.closing(await stores.begin(), Outcome.BUSY, CallbackState.WAITING)
    await stores.attempts.finish(first)
    second = await stores.begin(ordinal=2)
    other = await stores.begin(2)
    assert await stores.attempts.of_callback("callback-00001") == (first.attempt, second)
    assert [record.attempt.id for record in await stores.attempts.latest()] == [other.id, second.id, first.attempt.id]
    mine = await stores.attempts.latest(1, "callback-00001")
    assert [record.attempt.id for record in mine] == [second.id]


async def test_a_number_is_kept_in_full_and_shown_masked(stores: Stores) -> None:
    await stores.seed()
    attempt = await stores.begin()
    record = await stores.attempts.get(attempt.id)
    assert record is not None
    assert record.attempt.number == PhoneNumber("+8613800000001")
    assert "13800000001" not in repr(record.attempt)
