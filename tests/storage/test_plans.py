"""Plans with their elements and history, and what a forecast is made from."""

from dataclasses import replace
from datetime import date, timedelta

from callcenter.domain.forecasts.forecast_figures import PastDial
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Channel, Plan, PlanState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.plans.life import PlanDeed, PlanStep, Progress
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.plans import SqlPlans
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

WHOLE = replace(
    cases.plan("whole", PlanState.DRAFT),
    content="1. 满意吗？\n2. 还有什么建议？",
    other_channels=(Channel.SMS, Channel.ONSITE),
    starts_on=date(2026, 11, 23),
    ends_on=date(2026, 12, 4),
    whom="十月签约客户",
    lists=("十月.xlsx", "补充.csv"),
    agent_ids=("agent-1",),
    departments=("visits",),
    submitted_by="account-1",
    needs_approval=True,
    version=3,
)


def step(plan: Plan, deed: PlanDeed = PlanDeed.ADD) -> PlanStep:
    return PlanStep(plan.id, NOW, "account-1", "li", deed, None, plan.state, "因为", plan.version, {"lacking": "time"})


async def test_a_plan_is_read_back_with_everything_it_tells(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    assert await plans.add(WHOLE, step(WHOLE))
    assert await plans.get("whole") == WHOLE
    assert await stores.people.plans() == [WHOLE]
    assert await plans.steps("whole") == [step(WHOLE)]
    assert await plans.get("nothing") is None


async def test_a_plan_of_the_same_id_stays_as_it_is(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    await plans.add(WHOLE, step(WHOLE))
    assert not await plans.add(replace(WHOLE, name="another"), step(WHOLE))
    assert await plans.get("whole") == WHOLE
    assert len(await plans.steps("whole")) == 1


async def test_who_is_slower_changes_nothing(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    await plans.add(WHOLE, step(WHOLE))
    after = replace(WHOLE, state=PlanState.SUBMITTED, ends_on=None, lists=(), version=4)
    assert await plans.save(after, 3, step(after, PlanDeed.SUBMIT))
    assert not await plans.save(replace(WHOLE, name="late", version=4), 3, step(WHOLE, PlanDeed.CHANGE))
    assert await plans.get("whole") == after
    assert [each.deed for each in await plans.steps("whole")] == [PlanDeed.ADD, PlanDeed.SUBMIT]


async def test_a_case_knows_its_plans_days_and_executors(stores: Stores) -> None:
    await stores.seed()
    await stores.people.add_plan(replace(WHOLE, id="plan-1", state=PlanState.RUNNING))
    case = await stores.callbacks.case("callback-00001")
    assert case is not None
    assert (case.plan.ends_on, case.plan.agent_ids) == (date(2026, 12, 4), ("agent-1",))


async def test_progress_counts_where_the_callbacks_stand_and_what_is_overdue(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    await stores.seed(5)
    for index, state in ((1, CallbackState.DONE), (2, CallbackState.EXHAUSTED), (3, CallbackState.CLOSED)):
        reason = "dials_used_up" if state is CallbackState.EXHAUSTED else None
        assert await stores.callbacks.change(f"callback-{index:05}", 1, CallbackChange(state, exhausted_reason=reason))
    late = await plans.progress(NOW - timedelta(hours=1) + timedelta(milliseconds=5))
    assert late == {"plan-1": Progress(done=1, remaining=2, stopped=1, closed=1, overdue=1)}
    assert late["plan-1"].total == 5
    assert await plans.progress(NOW, "another") == {}
    assert await plans.last_due("plan-1") == cases.callback(5).due_at
    assert await plans.last_due("another") is None


async def test_the_remaining_are_counted_by_what_tells_of_their_customers_clock(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    await stores.seed(3)
    beijing, berlin = PhoneNumber("+861065000000"), PhoneNumber("+493012345678")
    there = "America/New_York"
    told = [("", ()), (there, (beijing,)), (there, (PhoneNumber("+861065000001"),)), ("", (beijing, berlin))]
    customers = [
        replace(cases.customer(9 + place), zone=zone, numbers=numbers) for place, (zone, numbers) in enumerate(told)
    ]
    await stores.people.add_cases(customers, [cases.callback(9 + place) for place in range(len(told))])
    await stores.callbacks.change("callback-00001", 1, CallbackChange(CallbackState.DONE))
    found = await plans.remaining("plan-1")
    assert {(each.zone, each.number): each.count for each in found} == {
        ("Asia/Shanghai", None): 2,
        ("", None): 1,
        ("", beijing): 1,
        (there, beijing): 2,
    }


async def test_past_dials_are_those_of_the_plan_that_count(stores: Stores) -> None:
    plans = SqlPlans(stores.database)
    await stores.seed(3, agents=3)
    for index, outcome in ((1, Outcome.ANSWERED), (2, Outcome.NO_ANSWER), (3, Outcome.NOT_DIALLED)):
        begun = cases.attempt(index)
        await stores.callbacks.claim(begun.callback_id, begun.agent_id, NOW, NOW + cases.LEASE)
        assert await stores.attempts.begin(begun, cases.call(begun.id), NOW) is None
        state = CallbackState.WRAP_UP if outcome is Outcome.ANSWERED else CallbackState.WAITING
        await stores.attempts.finish(cases.closing(begun, outcome, state))
    log = await stores.logs.get("attempt-00001-1")
    assert log is not None
    closed_at = NOW + timedelta(minutes=4)
    done = CallbackChange(CallbackState.DONE)
    assert await stores.logs.close(log.log, log.version, closed_at, done)
    minute = timedelta(minutes=1)
    found = sorted(await plans.past_dials("plan-1"), key=lambda dial: dial.callback_id)
    assert found == [
        PastDial("callback-00001", Outcome.ANSWERED, settled=True, duration=minute, writing=3 * minute),
        PastDial("callback-00002", Outcome.NO_ANSWER, settled=False, duration=minute),
    ]
    assert await plans.past_dials("another") == []
