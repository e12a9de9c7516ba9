"""A plan explained in counts, who could call one callback, and a changed policy tried out on the books."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from callcenter.domain.forecasts.simulation_load import Pace
from callcenter.domain.people import PlanState
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Rule
from callcenter.domain.words.sentences import Language
from callcenter.engine import explaining
from callcenter.engine.explaining import Explaining, ExplainingParts
from callcenter.engine.simulating import Progress, Simulating, SimulatingParts, SimulationAsked, past_since
from callcenter.storage.tables import callbacks
from callcenter.web.weighed import never_sentence, show_plan_explanation
from engine.story import SALES, SERVICE_DESK, Story

NOON = timedelta(hours=1, minutes=45)
"""From the stories' beginning to a time outside of the strict plan's windows."""


def explaining_of(story: Story) -> Explaining:
    books, service = story.books, story.service
    stores = (books.callbacks, books.attempts, books.people, books.weighing, books.duty)
    return Explaining(ExplainingParts(service.asking, *stores, service.clock))


def simulating_of(story: Story) -> Simulating:
    return Simulating(SimulatingParts(story.books.weighing, story.books.people, story.clock))


async def reasons(story: Story, plan: str) -> dict[Rule, tuple[int, datetime | None, bool]]:
    found = await explaining_of(story).plan(plan)
    assert found is not None
    return {reason.rule: (reason.count, reason.opens_at, reason.estimated) for reason in found.reasons}


async def put_off(story: Story, callback: str, until: datetime) -> None:
    """As by a supervisor: nothing that is reckoned anew."""
    async with story.books.database.write() as connection:
        await connection.execute(sa.update(callbacks).values(not_before=until).where(callbacks.c.id == callback))


async def test_a_plan_outside_its_window_says_how_many_wait_and_until_when(story: Story) -> None:
    for place in range(1, 8):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.add_callback("cb-8", plan="strict", zone="Mars/Base")
    await story.start()
    await story.clock.advance(NOON.total_seconds())
    found = await explaining_of(story).plan("strict")
    assert found is not None
    assert (found.queued, found.callable_now, found.estimated, found.asked) == (8, 0, False, 2)
    opens_at = datetime.fromisoformat("2026-11-23T06:00:00+00:00")
    assert await reasons(story, "strict") == {
        Rule.WINDOW_CLOSED: (7, opens_at, False),
        Rule.ZONE_UNKNOWN: (1, None, False),
    }
    assert await explaining_of(story).plan("nowhere") is None


async def test_calls_that_go_on_have_their_turn_while_the_queue_is_asked(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is asked for itself: a line in Shanghai, of a customer who is said to live in New York."""
    for place in range(1, 21):
        await story.add_callback(f"cb-{place}", plan="strict", number=f"+8621643123{place:02}", zone="America/New_York")
    await story.start()
    asking, asked_in, turn = story.service.asking, [], 0
    ask = asking.ask

    async def take_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def asked(*about: Any) -> Any:
        asked_in.append(turn)
        return await ask(*about)

    monkeypatch.setattr(asking, "ask", asked)
    meanwhile = asyncio.ensure_future(take_turns())
    await explaining_of(story).plan("strict")
    meanwhile.cancel()
    assert len(asked_in) == len(set(asked_in)) > 20


async def test_hours_that_never_open_are_told_apart_from_those_that_are_over(story: Story) -> None:
    """A line in Shanghai, of a customer who is said to live in New York: no hour is open in both."""
    for place in range(1, 4):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.add_callback("cb-4", plan="strict", number="+862164312345", zone="America/New_York")
    await story.add_callback("cb-5", plan="strict", zone="Mars/Base")
    await story.start()
    await story.clock.advance(NOON.total_seconds())
    found = await explaining_of(story).plan("strict")
    assert found is not None
    told = {(reason.rule, reason.never): reason.count for reason in found.reasons}
    assert told == {(Rule.WINDOW_CLOSED, False): 3, (Rule.WINDOW_CLOSED, True): 1, (Rule.ZONE_UNKNOWN, True): 1}
    assert never_sentence(found, Language.EN) == (
        "2 can never be called: 1 without any hour at which they may be called, 1 time zone unknown."
    )
    assert never_sentence(found, Language.ZH) == "2个永远无法拨打：1个没有可拨打的时段，1个时区未知。"
    assert show_plan_explanation(found, "Asia/Shanghai").warning.startswith("2 can never be called")


async def test_inside_the_window_each_is_callable_or_has_its_reason(story: Story) -> None:
    for place in range(1, 6):
        await story.add_callback(f"cb-{place}")
    await story.start()
    now = story.clock.now()
    await put_off(story, "cb-2", now + timedelta(hours=2))
    await put_off(story, "cb-3", now + timedelta(hours=1))
    await story.books.callbacks.claim("cb-4", "agent-1001", now, now + timedelta(minutes=5))
    found = await explaining_of(story).plan("quick")
    assert found is not None
    assert (found.queued, found.callable_now) == (5, 2)
    assert await reasons(story, "quick") == {
        Rule.CALLBACK_NOT_YET: (2, now + timedelta(hours=1), False),
        Rule.CALLBACK_WITH_ANOTHER_AGENT: (1, now + timedelta(minutes=5), False),
    }


async def test_a_paused_plan_and_one_without_a_policy_say_so_for_all(story: Story) -> None:
    await story.add_plan("paused", "quick", state=PlanState.PAUSED)
    await story.add_plan("lawless", "nowhere")
    for place, plan in enumerate(["paused", "paused", "lawless"], 1):
        await story.add_callback(f"cb-{place}", plan=plan)
    await story.start()
    assert await reasons(story, "paused") == {Rule.PLAN_NOT_RUNNING: (2, None, False)}
    assert await reasons(story, "lawless") == {Rule.POLICY_UNKNOWN: (1, None, False)}


async def test_what_stands_against_every_dial_is_told_apart(story: Story) -> None:
    await story.add_callback()
    story.switch.reachable = False
    await story.start()
    found = await explaining_of(story).plan("quick")
    assert found is not None
    assert (found.callable_now, found.reasons) == (1, ())
    assert [refusal.rule for refusal in found.hindrances] == [Rule.SWITCH_DOWN]


async def test_where_callbacks_differ_one_by_one_a_part_is_asked_and_the_rest_estimated(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of them belong to the agents' own department: nobody may call those."""
    for place in range(1, 13):
        await story.add_callback(f"cb-{place}", department=SERVICE_DESK if place % 2 else SALES)
    await story.start()
    exact = await explaining_of(story).plan("quick")
    assert exact is not None
    assert (exact.callable_now, exact.estimated, exact.asked) == (6, False, 12)
    monkeypatch.setattr(explaining, "MOST_READ", 4)
    monkeypatch.setattr(explaining, "FEWEST_READ", 4)
    told: list[tuple[int, int]] = []
    found = await explaining_of(story).plan("quick", lambda done, of: told.append((done, of)))
    assert found is not None
    assert (found.callable_now, found.estimated, found.asked) == (6, True, 4)
    assert [(reason.rule, reason.count, reason.estimated) for reason in found.reasons] == [
        (Rule.CONFLICT_OF_INTEREST, 6, True)
    ]
    assert told == [(12, 12)]


async def test_who_could_call_is_told_of_each_agent(story: Story) -> None:
    await story.add_agent(1003, department=SALES)
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    await story.begin("cb-2", 1002)
    callers = await explaining_of(story).callers("cb-1")
    told = {caller.agent.staff_number: [refusal.rule for refusal in caller.refusals] for caller in callers}
    assert told == {"1001": [], "1002": [Rule.AGENT_BUSY], "1003": [Rule.CONFLICT_OF_INTEREST]}
    assert callers[0].agent.staff_number == "1001"
    assert await explaining_of(story).callers("nowhere") == ()


async def narrowed(story: Story) -> tuple[Policy, Policy]:
    """The strict plan's policy, and the same with the afternoons alone."""
    before = await story.books.policies.in_force("tongjiang", story.clock.now())
    assert before is not None
    hours = before.windows.model_copy(update={"intervals": before.windows.intervals[1:]})
    hours.__dict__.pop("hours", None)
    return before, before.model_copy(update={"version": 2, "windows": hours})


async def dial_in_vain(story: Story, callback: str, agent: int = 1001) -> str:
    attempt = await story.begin(callback, agent)
    story.switch.agent_answers(attempt)
    await story.clock.advance(0.5)
    story.switch.rings(attempt)
    await story.clock.advance(2)
    await story.hang_up(attempt)
    return attempt


async def test_a_narrower_window_would_have_refused_the_morning_and_shifts_the_queue(story: Story) -> None:
    for place in range(1, 5):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.add_callback("cb-9")
    await story.start()
    morning = await dial_in_vain(story, "cb-1")
    await dial_in_vain(story, "cb-9")
    before, after = await narrowed(story)
    told: list[Progress] = []
    asked = SimulationAsked(before, after, past_since(story.clock.now()))
    found = await simulating_of(story).run(asked, told.append)
    assert (found.past.dials, found.past.refused, found.past.examples) == (
        1,
        {Rule.WINDOW_CLOSED: 1},
        {Rule.WINDOW_CLOSED: [morning]},
    )
    assert found.past.allowed == found.past.still_refused == {}
    # The dialled one waits for the afternoon under both; the three others would have to.
    queue = found.queue
    assert (queue.waiting, queue.now_before, queue.now_after, queue.same, queue.later) == (4, 3, 0, 1, 3)
    afternoon = datetime.fromisoformat("2026-11-23T06:00:00+00:00")
    assert queue.most_later == afternoon - found.at
    assert found.pace == Pace(1, 1)
    ready = [hour.ready for hour in found.load_before.hours if hour.ready]
    assert (ready, [hour.at for hour in found.load_after.hours if hour.ready]) == ([3, 1], [afternoon])
    assert found.load_before.exhausted_at is not None
    assert found.load_after.exhausted_at is not None
    assert found.load_before.exhausted_at < found.load_after.exhausted_at
    assert [change.either.name for change in found.changes] == ["windows.intervals"]
    assert (found.cut_dials, found.cut_queue) == (False, False)
    assert (told[-1].dials, told[-1].all_dials, told[-1].queue, told[-1].all_queue) == (1, 1, 4, 4)
    again = await simulating_of(story).run(asked)
    assert again == found


async def test_the_unchanged_policy_changes_nothing(story: Story) -> None:
    for place in range(1, 4):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.start()
    await dial_in_vain(story, "cb-1")
    before, _ = await narrowed(story)
    found = await simulating_of(story).run(SimulationAsked(before, before, past_since(story.clock.now())))
    assert found.changes == ()
    assert (found.past.dials, found.past.refused, found.past.allowed) == (1, {}, {})
    assert (found.queue.waiting, found.queue.same) == (3, 3)
    assert found.load_before == found.load_after


async def test_only_so_much_is_read_as_was_asked_for_and_that_is_said(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callcenter.engine.simulating.PAGE", 1)
    for place in range(1, 5):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.start()
    for place in range(1, 4):
        await dial_in_vain(story, f"cb-{place}")
    before, after = await narrowed(story)
    asked = SimulationAsked(before, after, past_since(story.clock.now()), most_dials=2, most_queue=2)
    found = await simulating_of(story).run(asked)
    assert (found.past.dials, found.queue.waiting, found.cut_dials, found.cut_queue) == (2, 2, True, True)
    all_of_it = await simulating_of(story).run(replace(asked, most_dials=None, most_queue=None, pace=Pace(9, 3)))
    assert (all_of_it.past.dials, all_of_it.queue.waiting, all_of_it.cut_dials) == (3, 4, False)
    assert all_of_it.pace == Pace(9, 3)


async def test_dials_before_the_time_that_was_asked_for_count_only_as_the_past_of_later_ones(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.start()
    await dial_in_vain(story, "cb-1")
    await story.clock.advance(3600)
    await dial_in_vain(story, "cb-1")
    quick = await story.books.policies.in_force("quick", story.clock.now())
    assert quick is not None
    fewer = quick.model_copy(update={"version": 2, "attempts": quick.attempts.model_copy(update={"dials_min": 1})})
    asked = SimulationAsked(quick, fewer, story.clock.now() - timedelta(minutes=30))
    found = await simulating_of(story).run(asked)
    assert (found.past.dials, found.past.refused) == (1, {Rule.CALLBACK_EXHAUSTED: 1})
