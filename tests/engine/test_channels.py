"""Visits that are not made by telephone leave the queue, or never come from it."""

from dataclasses import replace

import pytest

from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from engine.story import POLICY, Story


async def governed(story: Story, body: str) -> None:
    text = POLICY.replace('name = "quick"', 'name = "other"').replace('conflict = "coi.tongjiang"', body)
    await story.books.policies.add(load_policy(text))
    await story.add_plan("other", "other")
    await story.add_callback(plan="other")


@pytest.mark.parametrize(
    ("body", "rule", "overridden"),
    [
        ('rounds = {phone_forbidden_for = ["class-3 complaints"]}', Rule.PHONE_FORBIDDEN, False),
        ('channel = {by_class = {d = "sms"}}', Rule.CLASS_NOT_BY_PHONE, True),
    ],
)
async def test_a_supervisor_decides_by_which_other_channel(
    story: Story, body: str, rule: Rule, overridden: bool
) -> None:
    await governed(story, body)
    case = await story.case()
    customer = replace(case.customer, id="other", customer_class="D")
    callback = replace(case.callback, id="cb-2", customer_id="other", purpose="class-3 complaints")
    await story.books.people.add_cases([customer], [callback])
    await story.start()
    refusal = await story.dial("cb-2")
    assert isinstance(refusal, Refusal)
    assert refusal.rule is rule
    assert isinstance(await story.dial("cb-2", overrides={rule: "arranged"}), Refusal) is not overridden
    if not overridden:
        found = await story.service.dialing.next_for("1001")
        assert not isinstance(found, Refusal)
        assert found is not None
        assert found.callback.id == "cb-1"
        assert await story.service.dialing.next_for("1002") is None
        left = await story.callback("cb-2")
        assert (left.state, left.exhausted_reason) == (CallbackState.EXHAUSTED, "other_channel")


async def test_a_class_by_message_leaves_the_queue_too(story: Story) -> None:
    await governed(story, 'channel = {by_class = {d = "sms"}}')
    case = await story.case()
    customer = replace(case.customer, id="other", customer_class="d")
    await story.books.people.add_cases([customer], [replace(case.callback, id="cb-2", customer_id="other")])
    await story.start()
    assert await story.service.dialing.next_for("1001")
    assert await story.service.dialing.next_for("1002") is None
    left = await story.callback("cb-2")
    assert (left.state, left.exhausted_reason) == (CallbackState.EXHAUSTED, "other_channel")


async def test_callbacks_of_a_plan_by_letter_are_not_handed_out_and_stay(story: Story) -> None:
    await story.add_callback("cb-1")
    plan = replace((await story.case()).plan, id="letters", name="letters", channel=Channel.LETTER)
    await story.books.people.add_plan(plan)
    await story.add_callback("cb-2", plan="letters")
    await story.start()
    refusal = await story.dial("cb-2")
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.PLAN_NOT_BY_PHONE
    assert await story.service.dialing.next_for("1001")
    assert await story.service.dialing.next_for("1002") is None
    left = await story.callback("cb-2")
    assert (left.state, left.not_before) == (CallbackState.WAITING, None), (
        "it waits for its plan to change, not for time"
    )
