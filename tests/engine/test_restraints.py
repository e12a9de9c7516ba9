"""Who must not be called, from what is entered to the queue and the gate; and who must not call."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.app.offline import excluding
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer, Unfit
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.excluding import CustomerNotFoundError, ExclusionNotFoundError, Lifted, Said, Who
from callcenter.engine.handing_out import MOST_TRIED
from engine.story import MONDAY_10_15, POLICY, SALES, SERVICE_DESK, Story

BOSS = Who("u1", "boss", "192.0.2.1")
SIGNED = tuple(Signature(role, name) for role, name in zip(Signer, ("王芳", "周经理", "李总"), strict=True))
DAY = timedelta(days=1)


async def enter(story: Story, kind: ExclusionKind, **values: Any) -> Exclusion:
    given: dict[str, Any] = {"customer_id": "customer-cb-1", "reason": "told on the phone"} | values
    entered = await excluding(story.books, story.clock).enter(Said(kind, **given), BOSS)
    assert isinstance(entered, Exclusion), entered
    return entered


async def stands(story: Story, callback: str = "cb-1") -> tuple[CallbackState, str | None]:
    found = await story.callback(callback)
    return found.state, found.exhausted_reason


async def another(story: Story, name: str, **values: Any) -> None:
    """One more callback of the first customer."""
    first = (await story.case()).callback
    await story.books.people.add_cases([], [replace(first, id=name, **values)])


async def policy(story: Story, body: str, name: str = "capped") -> None:
    text = POLICY.replace('name = "quick"', f'name = "{name}"').replace('conflict = "coi.tongjiang"', body)
    await story.books.policies.add(load_policy(text))
    await story.add_plan(name, name)


@pytest.mark.parametrize(
    ("kind", "values", "state", "reason"),
    [
        (
            ExclusionKind.WAIVER,
            {"signatures": SIGNED, "document": "沈阳分公司 2026-17"},
            CallbackState.CLOSED,
            "withdrawn",
        ),
        (ExclusionKind.CANCELLED, {"callback_id": "cb-1"}, CallbackState.CLOSED, "withdrawn"),
        (ExclusionKind.DECEASED, {}, CallbackState.CLOSED, "withdrawn"),
        (ExclusionKind.OPT_OUT, {"channels": frozenset({Channel.PHONE})}, CallbackState.EXHAUSTED, "opted_out"),
        (ExclusionKind.OPT_OUT, {"channels": frozenset({Channel.SMS})}, CallbackState.WAITING, None),
        (
            ExclusionKind.OPT_OUT,
            {"channels": frozenset({Channel.PHONE}), "until": MONDAY_10_15 + DAY},
            CallbackState.WAITING,
            None,
        ),
    ],
)
async def test_what_is_entered_takes_the_customers_callbacks_out_of_the_queue(
    story: Story, kind: ExclusionKind, values: dict[str, Any], state: CallbackState, reason: str | None
) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    entered = await enter(story, kind, **values)
    assert await stands(story) == (state, reason)
    assert (await story.callback("cb-2")).state is CallbackState.WAITING
    assert await story.books.restraints.of_customer("customer-cb-1") == [entered]
    (entry,) = await story.books.audit.entries(on_kind="customer")
    assert (entry.deed.action, entry.deed.login, entry.deed.on_id) == (Action.EXCLUDED, "boss", "customer-cb-1")
    assert (entry.deed.detail["kind"], entry.deed.detail["reason"]) == (kind.value, "told on the phone")


async def test_a_callback_in_call_is_not_torn_away_and_is_not_dialled_again(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    await enter(story, ExclusionKind.DECEASED)
    assert (await story.callback()).state is CallbackState.CALLING
    story.switch.hangs_up(call, "a1")
    await story.clock.advance(3)
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.CASE_WITHDRAWN
    assert await story.service.dialing.next_for("1001") is None
    assert await stands(story) == (CallbackState.CLOSED, "withdrawn")


async def test_an_opt_out_with_an_end_is_waited_for(story: Story) -> None:
    await story.add_callback()
    await story.start()
    await enter(story, ExclusionKind.OPT_OUT, channels=frozenset({Channel.PHONE}), until=MONDAY_10_15 + DAY)
    assert await story.service.dialing.next_for("1001") is None
    assert (await story.callback()).not_before == MONDAY_10_15 + DAY
    await story.clock.advance(DAY.total_seconds())
    await story.begin()


async def test_a_lifted_one_stays_written_down_with_who_and_why(story: Story) -> None:
    await story.add_callback()
    await story.start()
    entered = await enter(story, ExclusionKind.OPT_OUT, channels=frozenset({Channel.PHONE}), until=MONDAY_10_15 + DAY)
    people = excluding(story.books, story.clock)
    assert await people.lift(entered.id, " ", BOSS, put_back=True) is Unfit.REASON_LACKING
    done = await people.lift(entered.id, "he called back", BOSS, put_back=True)
    assert isinstance(done, Lifted)
    lifted = done.exclusion
    assert lifted.lifted is not None
    assert (lifted.lifted.login, lifted.lifted.reason, lifted.lifted.at) == ("boss", "he called back", MONDAY_10_15)
    assert await story.books.restraints.of_customer("customer-cb-1") == [lifted]
    assert await story.books.restraints.latest(standing=True) == []
    assert await people.lift(entered.id, "once more", BOSS, put_back=True) is Unfit.LIFTED_ALREADY
    with pytest.raises(ExclusionNotFoundError):
        await people.lift("nothing", "x", BOSS, put_back=True)
    actions = [entry.deed.action for entry in await story.books.audit.entries(on_kind="customer")]
    assert actions == [Action.EXCLUSION_LIFTED, Action.EXCLUDED]
    await story.begin()


async def test_nothing_is_entered_of_nobody_nor_of_another_customers_callback(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    people = excluding(story.books, story.clock)
    for said in (
        Said(ExclusionKind.DECEASED, "x", "nobody"),
        Said(ExclusionKind.CANCELLED, "x", "customer-cb-1", "cb-2"),
        Said(ExclusionKind.CANCELLED, "x", callback_id="nothing"),
    ):
        with pytest.raises(CustomerNotFoundError):
            await people.enter(said, BOSS)
    assert await people.enter(Said(ExclusionKind.DECEASED, "", "customer-cb-1"), BOSS) is Unfit.REASON_LACKING
    assert await story.books.audit.entries(on_kind="customer") == []


async def test_a_wrong_number_is_passed_over_for_the_customers_next_one(story: Story) -> None:
    await story.add_callback()
    customer = (await story.case()).customer
    both = replace(customer, id="two", numbers=(*customer.numbers, PhoneNumber("+8613900000009")))
    callback = replace((await story.case()).callback, id="cb-9", customer_id="two")
    await story.books.people.add_cases([both], [callback])
    await story.start()
    await enter(story, ExclusionKind.WRONG_NUMBER, customer_id="two", number=both.numbers[0])
    attempt = await story.dial("cb-9")
    assert isinstance(attempt, Attempt)
    assert attempt.number == both.numbers[1]
    other = await story.dial("cb-1", 1002)
    assert isinstance(other, Attempt), "another customer's number is not wrong for him"


async def test_a_callback_with_no_number_left_waits_for_a_supervisor(story: Story) -> None:
    await story.add_callback()
    await story.start()
    await enter(story, ExclusionKind.WRONG_NUMBER, number=(await story.case()).customer.numbers[0])
    assert await story.service.dialing.next_for("1001") is None
    assert await stands(story) == (CallbackState.EXHAUSTED, "no_number")


@pytest.mark.parametrize(
    ("consent", "disposition", "kinds", "other"),
    [
        ("consent.tongjiang", Disposition.REFUSED, [ExclusionKind.REFUSED], CallbackState.EXHAUSTED),
        ("consent.liaoning", Disposition.REFUSED, [], CallbackState.WAITING),
        ("consent.liaoning", Disposition.WRONG_PERSON, [ExclusionKind.WRONG_NUMBER], CallbackState.WAITING),
        ("consent.tongjiang", Disposition.SUCCESS, [], CallbackState.WAITING),
    ],
)
async def test_what_the_customer_says_in_a_talk_holds_for_his_other_callbacks_by_the_policy(
    story: Story, consent: str, disposition: Disposition, kinds: list[ExclusionKind], other: CallbackState
) -> None:
    await policy(story, f'consent = "{consent}"')
    await story.add_callback(plan="capped")
    await another(story, "cb-2")
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    said = {
        "purpose": "满意度",
        "content": "说了几句",
        "problems": "无",
        "handling_result": "无",
        "disposition": disposition,
    }
    await story.service.visits.close(call, said)
    found = await story.books.restraints.of_customer("customer-cb-1")
    assert [each.kind for each in found] == kinds
    assert (await story.callback("cb-2")).state is other
    if kinds:
        assert (found[0].login, found[0].at) == ("1001", story.clock.now())
        refusal = await story.dial("cb-2")
        assert isinstance(refusal, Refusal)


async def test_caps_are_asked_at_hand_out_and_open_when_they_say(story: Story) -> None:
    await policy(story, "caps = {customer_24h = {most = 1}}")
    await story.add_callback(plan="capped")
    await another(story, "cb-2")
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    began = (await story.record(call)).attempt.started_at
    assert await story.service.dialing.next_for("1002") is None
    assert (await story.callback("cb-2")).not_before == began + DAY
    refusal = await story.dial("cb-2", 1002)
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.CAP_CUSTOMER, began + DAY)
    await story.clock.advance(DAY.total_seconds())
    await story.begin("cb-2", 1002)


async def test_a_cap_for_life_ends_the_dialling(story: Story) -> None:
    await policy(story, "caps = {number_lifetime = {most = 1}}")
    await story.add_callback(plan="capped")
    await another(story, "cb-2")
    await story.start()
    await story.hang_up(await story.reach(CallState.TALKING))
    assert await story.service.dialing.next_for("1002") is None
    assert await stands(story, "cb-2") == (CallbackState.EXHAUSTED, "capped")


async def test_a_reason_goes_round_a_cap_that_allows_it_and_only_for_whoever_gives_it(story: Story) -> None:
    await policy(story, 'caps = {number_day = {most = 1, strength = "override_with_reason"}}')
    await story.add_callback(plan="capped")
    await another(story, "cb-2")
    await story.start()
    await story.hang_up(await story.reach(CallState.TALKING))
    assert isinstance(await story.dial("cb-2", 1002), Refusal)
    answer = await story.dial("cb-2", 1002, overrides={Rule.CAP_NUMBER: "he asked to be called back"})
    assert isinstance(answer, Attempt)


async def test_an_agent_in_conflict_with_all_at_the_head_is_handed_the_first_he_may_call(story: Story) -> None:
    """However many stand before it; and none of those is touched but the one that told of the conflict."""
    most = MOST_TRIED + 20
    for place in range(1, most + 1):
        await story.add_callback(f"cb-{place}", department=SERVICE_DESK)
    await story.add_callback(f"cb-{most + 1}", department=SALES)
    await story.add_agent(2001, department="another desk")
    await story.start()
    found = await story.service.dialing.next_for("1001")
    assert not isinstance(found, Refusal)
    assert found is not None
    assert found.callback.id == f"cb-{most + 1}"
    assert [(await story.callback(f"cb-{place}")).version for place in (1, 2, most)] == [3, 1, 1]
    other = await story.service.dialing.next_for("2001")
    assert not isinstance(other, Refusal)
    assert other is not None
    assert other.callback.id == "cb-1"
    assert await story.service.dialing.next_for("1002") is None
