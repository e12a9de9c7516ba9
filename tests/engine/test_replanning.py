"""A new version of a policy comes into force: who was put off under the old one is reckoned anew."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.app.offline import replanning
from callcenter.domain.dials.replanning import Replan
from callcenter.domain.people import CallbackState, Case, PlanState
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.refusal import Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine import replanning as module
from callcenter.engine.replanning import LOOK_SECONDS, Progress
from engine.story import POLICY, Story

TOMORROW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def version(number: int, hours: str, since: date = date(2026, 1, 1)) -> Policy:
    text = POLICY.replace("version = 1", f"version = {number}").replace("2026-01-01", since.isoformat())
    return load_policy(text.replace('windows = "window.always"', f'windows = {{ intervals = ["{hours}"] }}'))


async def put_off(story: Story, count: int, *, until: datetime = TOMORROW) -> None:
    for place in range(1, count + 1):
        await story.add_callback(f"cb-{place}")
        await story.books.callbacks.defer(f"cb-{place}", until, rule=Rule.WINDOW_CLOSED)


async def waits_until(story: Story, name: str) -> datetime | None:
    return (await story.callback(name)).not_before


async def test_a_version_in_force_is_reckoned_with_once(story: Story) -> None:
    await put_off(story, 3)
    work = replanning(story.books, story.clock)
    done = await work.run()
    assert (done.done, done.total, done.moved) == (3, 3, 3)
    assert [await waits_until(story, f"cb-{place}") for place in (1, 2, 3)] == [None] * 3
    await story.books.callbacks.defer("cb-1", TOMORROW)
    assert (await work.run()).done == 0
    assert (await work.run(again=True)).moved == 1


async def test_a_version_that_comes_into_force_moves_what_was_put_off(story: Story) -> None:
    await replanning(story.books, story.clock).run()
    await put_off(story, 2)
    await story.start()
    tomorrow = date(2026, 11, 24)
    await story.books.policies.add(version(2, "20:00-21:00", since=tomorrow))
    await story.clock.advance(LOOK_SECONDS)
    assert await waits_until(story, "cb-1") == TOMORROW
    await story.clock.advance(timedelta(hours=14).total_seconds())
    for _ in range(200):
        if await waits_until(story, "cb-2") != TOMORROW:
            break
        await asyncio.sleep(0)
    assert await waits_until(story, "cb-1") == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert await waits_until(story, "cb-2") == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


async def test_what_people_said_and_a_finished_plan_stay_as_they_are(story: Story) -> None:
    await story.add_plan("over", "quick", state=PlanState.FINISHED)
    await story.add_callback("cb-1")
    await story.add_callback("cb-2", plan="over")
    await story.books.callbacks.defer("cb-2", TOMORROW)
    case = await story.books.callbacks.case("cb-1")
    assert case is not None
    said = CallbackChange(CallbackState.WAITING, not_before=TOMORROW)
    assert await story.books.callbacks.change("cb-1", case.callback.version, said)
    done = await replanning(story.books, story.clock).run()
    assert (done.done, done.moved) == (1, 0)
    assert [await waits_until(story, name) for name in ("cb-1", "cb-2")] == [TOMORROW, TOMORROW]


async def test_who_is_cut_off_goes_on_where_he_was_and_tells_how_far_he_is(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    await put_off(story, 7)
    told: list[Progress] = []

    def cut(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await replanning(story.books, story.clock).run(cut)
    assert told == [Progress("quick", 2, 7, 2), Progress("quick", 4, 7, 4)]
    done = await replanning(story.books, story.clock).run(told.append)
    assert (done.done, done.total, done.moved) == (3, 3, 3)
    assert (await story.books.replans.replans())["quick"].seen == 7


async def test_a_callback_that_changed_meanwhile_keeps_what_it_was_given(story: Story) -> None:
    await put_off(story, 1)
    (parked,) = await story.books.replans.parked("quick", "", 10)
    assert parked.put_off
    later = TOMORROW + timedelta(days=1)
    await story.books.callbacks.defer("cb-1", later)
    work = replanning(story.books, story.clock)
    store = story.books.replans
    known = await store.replans()
    assert "quick" not in known
    replan = Replan("quick", "quick", 1, story.clock.now())
    assert await store.move(replan, {("cb-1", parked.case.callback.version): None}) == 0
    assert await waits_until(story, "cb-1") == later
    assert (await work.run()).moved == 1


async def test_hand_outs_go_on_meanwhile(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    await put_off(story, 20)
    await story.add_callback("cb-21")
    await story.start()
    work = asyncio.create_task(replanning(story.books, story.clock).run(again=True))
    case = await story.service.dialing.next_for("1001")
    assert isinstance(case, Case)
    await work
    assert all([await waits_until(story, f"cb-{place}") is None for place in range(1, 21)])
