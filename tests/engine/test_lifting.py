"""An exclusion is lifted: which callbacks stand again where they stood, and which do not?"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from callcenter.app.offline import excluding
from callcenter.domain.audit import Action
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine.excluding import Lifted, Said, Who
from engine.story import MONDAY_10_15, Story

BOSS = Who("u1", "boss")
PHONE = {"channels": frozenset({Channel.PHONE})}
SIGNED = {"signatures": tuple(Signature(role, name) for role, name in zip(Signer, "甲乙丙", strict=True))}
DAY = timedelta(days=1)
KINDS: tuple[tuple[ExclusionKind, dict[str, Any]], ...] = (
    (ExclusionKind.OPT_OUT, PHONE),
    (ExclusionKind.WAIVER, SIGNED),
    (ExclusionKind.CANCELLED, {"callback_id": "cb-1"}),
)


async def enter(story: Story, kind: ExclusionKind, **values: Any) -> Exclusion:
    given: dict[str, Any] = {"customer_id": "customer-cb-1", "reason": "told on the phone"} | values
    entered = await excluding(story.books, story.clock).enter(Said(kind, **given), BOSS)
    assert isinstance(entered, Exclusion), entered
    return entered


async def lift(story: Story, exclusion: Exclusion, *, put_back: bool = True) -> Lifted:
    done = await excluding(story.books, story.clock).lift(exclusion.id, "by mistake", BOSS, put_back=put_back)
    assert isinstance(done, Lifted), done
    return done


async def stands(story: Story) -> tuple[CallbackState, str | None]:
    found = await story.callback()
    return found.state, found.exhausted_reason


async def appointed(story: Story) -> None:
    await story.add_callback()
    at = MONDAY_10_15 + DAY
    appointment = CallbackChange(CallbackState.WAITING, not_before=at, appointment_at=at)
    assert await story.books.callbacks.change("cb-1", 1, appointment)


@pytest.mark.parametrize(("kind", "values"), KINDS)
async def test_its_callbacks_stand_again_where_they_stood(
    story: Story, kind: ExclusionKind, values: dict[str, Any]
) -> None:
    """With the time that was agreed with the customer."""
    await appointed(story)
    before = await story.callback()
    entered = await enter(story, kind, **values)
    assert (await story.callback()).state is not CallbackState.WAITING
    assert await excluding(story.books, story.clock).would_return(entered.id) == ("cb-1",)
    done = await lift(story, entered)
    assert (done.put_back, done.left_out) == (("cb-1",), ())
    assert await story.callback() == replace(before, version=before.version + 2)
    (deed, _) = [entry.deed for entry in await story.books.audit.entries(on_kind="customer")]
    assert (deed.action, deed.detail["put_back"], deed.detail["callbacks"]) == (Action.EXCLUSION_LIFTED, "1", "cb-1")


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("lifting", list(permutations(range(3))))
async def test_of_several_only_the_last_to_be_lifted_puts_them_back(
    story: Story, order: Sequence[int], lifting: Sequence[int]
) -> None:
    """Until then each stands as what still holds would have it."""
    await appointed(story)
    before = await story.callback()
    entered = {each: await enter(story, KINDS[each][0], **KINDS[each][1]) for each in order}
    standing = set(order)
    for each in lifting:
        standing.remove(each)
        done = await lift(story, entered[each])
        assert done.put_back == (() if standing else ("cb-1",))
        if standing == {0}:
            assert await stands(story) == (CallbackState.EXHAUSTED, "opted_out")
        elif standing:
            assert await stands(story) == (CallbackState.CLOSED, "withdrawn")
    assert replace(await story.callback(), version=0) == replace(before, version=0)


async def test_those_that_are_left_out_stay_out_whatever_is_lifted_later(story: Story) -> None:
    await story.add_callback()
    first = await enter(story, ExclusionKind.OPT_OUT, **PHONE)
    done = await lift(story, first, put_back=False)
    assert (done.put_back, done.left_out) == ((), ("cb-1",))
    assert await stands(story) == (CallbackState.EXHAUSTED, "opted_out")
    second = await enter(story, ExclusionKind.OPT_OUT, **PHONE)
    assert (await lift(story, second)).put_back == ()
    assert await stands(story) == (CallbackState.EXHAUSTED, "opted_out")


async def test_a_round_that_was_used_up_before_waits_for_its_decision_again(story: Story) -> None:
    await story.add_callback()
    used_up = CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="dials_used_up")
    assert await story.books.callbacks.change("cb-1", 1, used_up)
    entered = await enter(story, ExclusionKind.DECEASED)
    assert await stands(story) == (CallbackState.CLOSED, "dials_used_up")
    assert (await lift(story, entered)).put_back == ("cb-1",)
    assert await stands(story) == (CallbackState.EXHAUSTED, "dials_used_up")


async def test_what_somebody_has_decided_since_stays_decided(story: Story) -> None:
    await story.add_callback()
    entered = await enter(story, ExclusionKind.OPT_OUT, **PHONE)
    version = (await story.callback()).version
    closed = CallbackChange(CallbackState.CLOSED, exhausted_reason="opted_out")
    assert await story.books.callbacks.change("cb-1", version, closed)
    assert (await lift(story, entered)).put_back == ()
    assert await stands(story) == (CallbackState.CLOSED, "opted_out")


@pytest.mark.parametrize(
    ("kind", "reason"), [(ExclusionKind.OPT_OUT, "opted_out"), (ExclusionKind.WRONG_NUMBER, "no_number")]
)
async def test_one_that_the_hand_out_took_out_is_put_back_too(story: Story, kind: ExclusionKind, reason: str) -> None:
    await story.add_callback()
    case = await story.case()
    values = PHONE if kind is ExclusionKind.OPT_OUT else {"number": case.customer.numbers[0]}
    entered = await enter(story, kind, **values)
    if kind is ExclusionKind.OPT_OUT:
        await story.books.people.add_cases([], [replace(case.callback, id="cb-2")])
    await story.start()
    assert await story.service.dialing.next_for("1001") is None
    late = "cb-2" if kind is ExclusionKind.OPT_OUT else "cb-1"
    found = await story.callback(late)
    assert (found.state, found.exhausted_reason) == (CallbackState.EXHAUSTED, reason)
    assert late in (await lift(story, entered)).put_back
    assert await story.begin(late)


async def test_an_opt_out_of_another_channel_puts_nothing_back(story: Story) -> None:
    await story.add_callback()
    await enter(story, ExclusionKind.OPT_OUT, **PHONE)
    letters = await enter(story, ExclusionKind.OPT_OUT, channels=frozenset({Channel.LETTER}))
    assert (await lift(story, letters)).put_back == ()
    assert await stands(story) == (CallbackState.EXHAUSTED, "opted_out")
