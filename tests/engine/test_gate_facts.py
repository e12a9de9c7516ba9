"""What the gate is told of the service: disk, recorder, switch, room for calls; and what else the engine refuses by."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import CallState
from callcenter.domain.dials.numbers_of import NumberChoice, number_choice
from callcenter.domain.outcomes import EndReason
from callcenter.domain.people import CallbackState, PlanState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.recording import ArchiveFullError
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine import asking
from callcenter.engine.asking import Explanation
from callcenter.engine.health import RECORDER_PAUSE
from engine.story import Story


async def refused(story: Story, callback: str = "cb-1", agent: int = 1001) -> Rule:
    answer = await story.dial(callback, agent)
    assert isinstance(answer, Refusal)
    assert (await story.callback(callback)).state in {CallbackState.WAITING, CallbackState.CALLING}
    return answer.rule


@pytest.mark.parametrize(
    ("free", "rule"), [(99_999_999, Rule.DISK_FULL), (OSError(5, "Input/output error"), Rule.ARCHIVE_DOWN)]
)
async def test_without_room_in_the_archive_nobody_is_dialled(story: Story, free: int | OSError, rule: Rule) -> None:
    await story.add_callback()
    await story.start()
    story.archive.free = free
    assert await refused(story) is rule
    story.archive.free = 100_000_000
    await story.begin()


async def test_while_a_recording_waits_for_room_nobody_is_dialled(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    story.archive.errors.append(ArchiveFullError("quota"))
    await story.hang_up(await story.reach(CallState.TALKING))
    assert story.alarms == ["archive_full"]
    assert await refused(story, "cb-2") is Rule.ARCHIVE_DOWN
    await story.clock.advance(30)
    await story.begin("cb-2")


async def test_after_a_recorder_failed_nobody_is_dialled_for_a_while(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    call = await story.begin("cb-1")
    story.switch.size_error = OSError(5, "Input/output error")
    story.switch.agent_answers(call)
    await story.clock.advance(8)
    assert (await story.record(call)).attempt.end_reason is EndReason.RECORDER_FAILED
    assert await refused(story, "cb-2") is Rule.RECORDER_DOWN
    story.switch.size_error = None
    await story.clock.advance(RECORDER_PAUSE.total_seconds())
    await story.begin("cb-2")


async def test_a_switch_out_of_sight_is_dialled_on_by_nobody(story: Story) -> None:
    await story.add_callback()
    story.switch.reachable = False
    await story.start()
    assert await refused(story) is Rule.SWITCH_DOWN
    story.switch.connects()
    await story.clock.settle()
    await story.begin()


async def test_a_stopping_service_begins_no_call(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.service.health.stopping = True
    assert await refused(story) is Rule.SERVICE_STOPPING


async def test_as_many_calls_as_the_settings_allow(story: Story) -> None:
    for place in range(1, 5):
        await story.add_callback(f"cb-{place}")
        await story.add_agent(1000 + place)
    await story.start()
    calls = [await story.begin(f"cb-{place}", 1000 + place) for place in range(1, 4)]
    assert await refused(story, "cb-4", 1004) is Rule.CALLS_FULL
    story.switch.hangs_up(calls[0], "a1")
    await story.clock.advance(1)
    await story.begin("cb-4", 1004)


async def test_dials_at_the_same_moment_do_not_exceed_that_either(story: Story) -> None:
    for place in range(1, 7):
        await story.add_callback(f"cb-{place}")
        await story.add_agent(1000 + place)
    await story.start()
    dial = story.service.dialing.dial
    answers = await asyncio.gather(*(dial(str(1000 + place), f"cb-{place}") for place in range(1, 7)))
    await story.clock.settle()
    assert sum(isinstance(answer, Attempt) for answer in answers) == 3
    assert {answer.rule for answer in answers if isinstance(answer, Refusal)} == {Rule.CALLS_FULL}
    states = [(await story.callback(f"cb-{place}")).state for place in range(1, 7)]
    assert states.count(CallbackState.WAITING) == 3


@pytest.mark.parametrize(
    ("plan", "rule"),
    [("no-policy", Rule.POLICY_UNKNOWN), ("no-trunk", Rule.TRUNK_UNKNOWN), ("paused", Rule.PLAN_NOT_RUNNING)],
)
async def test_a_plan_that_cannot_be_dialled_says_why(story: Story, plan: str, rule: Rule) -> None:
    await story.add_plan("no-policy", "nowhere")
    await story.add_plan("no-trunk", "quick", trunk="nowhere")
    await story.add_plan("paused", "quick", state=PlanState.PAUSED)
    await story.add_callback(plan=plan)
    await story.start()
    assert await refused(story) is rule


async def test_a_number_outside_the_trunks_prefixes_is_not_dialled(story: Story) -> None:
    await story.add_callback(number="+442071838750")
    await story.start()
    assert await refused(story) is Rule.NUMBER_PREFIX


async def test_a_customer_in_a_zone_that_nobody_knows_is_not_called(story: Story) -> None:
    await story.add_callback(plan="strict", zone="Mars/Base")
    await story.start()
    assert await refused(story) is Rule.ZONE_UNKNOWN
    assert await story.service.dialing.next_for("1001") is None


async def test_an_unknown_agent_dials_nobody(story: Story) -> None:
    await story.add_callback()
    await story.start()
    assert await refused(story, agent=4711) is Rule.AGENT_UNKNOWN
    answer = await story.service.dialing.next_for("4711")
    assert isinstance(answer, Refusal)
    assert answer.rule is Rule.AGENT_UNKNOWN


async def test_a_reason_goes_round_a_rule_that_allows_it_and_the_log_names_the_rule(story: Story) -> None:
    await story.add_callback(department="客户服务部")
    await story.start()
    conflict = await story.dial()
    assert isinstance(conflict, Refusal)
    assert conflict.rule is Rule.CONFLICT_OF_INTEREST
    answer = await story.dial(overrides={Rule.CONFLICT_OF_INTEREST: "nobody else is there"})
    told = [entry for entry in story.logs if entry["event"] == "attempt committed"]
    if isinstance(answer, Refusal):
        assert conflict.strength == "hard"
        assert told == []
    else:
        assert told[0]["overridden"] == ["conflict_of_interest"]
        assert "nobody else" not in str(told)


async def test_an_agent_who_answers_after_the_window_has_closed_rings_nobody(story: Story) -> None:
    """The agent's phone rings no longer than the customer may be called (C6-58)."""
    await story.add_callback(plan="strict")
    await story.start()
    closes = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    await story.clock.advance((closes - timedelta(seconds=15) - story.clock.now()).total_seconds())
    call = await story.begin()
    window_ends = (await story.record(call)).attempt.slot
    assert window_ends.endswith("-11:00")
    await story.clock.advance(9.9)
    assert story.state(call) is CallState.AGENT_RINGING
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.end_reason is EndReason.AGENT_ABSENT


async def test_where_no_window_closes_the_agents_phone_rings_its_whole_time(story: Story) -> None:
    await story.add_callback()
    await story.start()
    midnight = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    await story.clock.advance((midnight - timedelta(seconds=5) - story.clock.now()).total_seconds())
    call = await story.begin()
    await story.clock.advance(29)
    assert story.state(call) is CallState.AGENT_RINGING


STRICT = """
name = "ends"
version = 1
effective_from = 2026-01-01
title = {zh = "到点结束", en = "Ends"}
windows = {intervals = ["10:00-11:00"], ring_at_close = "must_fit", talk_at_close = "end"}
"""


async def test_where_a_ring_must_fit_and_a_talk_ends_with_the_window_they_do(story: Story) -> None:
    await story.books.policies.add(load_policy(STRICT))
    await story.add_plan("ends", "ends")
    await story.add_callback("cb-1", plan="ends")
    await story.add_callback("cb-2", plan="ends")
    await story.start()
    call = await story.reach(CallState.TALKING, "cb-1")
    closes = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    await story.clock.advance((closes - timedelta(seconds=15) - story.clock.now()).total_seconds())
    assert story.state(call) is CallState.TALKING
    assert await refused(story, "cb-2", 1002) is Rule.WINDOW_CLOSED
    await story.clock.advance(20)
    assert (await story.record(call)).attempt.end_reason is EndReason.WINDOW_CLOSED


async def test_an_appointment_outlives_an_agent_who_was_absent(story: Story) -> None:
    await story.add_callback(plan="strict")
    await story.start()
    callback = await story.callback()
    agreed = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
    change = CallbackChange(CallbackState.WAITING, not_before=agreed, appointment_at=agreed)
    assert await story.books.callbacks.change(callback.id, callback.version, change)
    assert await refused(story) is Rule.APPOINTMENT_LATER
    await story.clock.advance((agreed - story.clock.now()).total_seconds())
    call = await story.begin()
    story.switch.hangs_up(call, "a1")
    await story.clock.advance(35)
    assert (await story.record(call)).attempt.slot == "2026-11-28/appointment 14:00"
    assert (await story.callback()).appointment_at == agreed
    await story.begin()


@pytest.mark.parametrize("numbers", [0, 1, 2])
async def test_the_number_is_chosen_once_whoever_asks(
    story: Story, numbers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.add_callback()
    case = await story.case()
    known = (*case.customer.numbers, PhoneNumber("+8613900000009"))[:numbers]
    customer = replace(case.customer, id="other", numbers=known)
    await story.books.people.add_cases([customer], [replace(case.callback, id="cb-2", customer_id="other")])
    chosen: list[NumberChoice] = []

    def choose(*given: Any) -> NumberChoice:
        chosen.append(number_choice(*given))
        return chosen[-1]

    monkeypatch.setattr(asking, "number_choice", choose)
    explained = await story.service.asking.explain("cb-2", None)
    assert isinstance(explained, Explanation)
    assert [explained.choice] == chosen
    assert explained.number == (known[0] if known else None)
    chosen.clear()
    await story.start()
    await story.dial("cb-2")
    assert len(chosen) == 1
