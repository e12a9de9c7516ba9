"""The next try: at another number, with another caller id, in another round, as the policy has it."""

from datetime import timedelta

from callcenter.domain.access import Account, Role
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.dials.numbers_of import NumberWhy
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import Callback, CallbackState, Case, Customer, VisitType
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.exhaustion import DecisionKind, Undecidable
from callcenter.engine.asking import Explanation
from callcenter.engine.decisions import By, DecisionParts, Decisions
from engine.story import MONDAY_10_15, Story

FIRST, SECOND, FOUND = (PhoneNumber(f"+8613900000{place:03}") for place in (1, 2, 3))
TALK = {"content": "问候", "problems": "无", "handling_result": "无需处理"}
WEEK = timedelta(days=7)
POLICY = """\
name = "tries"
version = 1
effective_from = 2026-01-01
windows = "window.always"
rounds = "rounds.liaoning"
[attempts]
change_time = "none"
min_gap_minutes = 0
fallback_phone = ["line_or_recorder_fault", "not_answered"]
[title]
zh = "测试"
en = "Test"
"""
LEAD = POLICY.replace('"tries"', '"lead"').replace('"rounds.liaoning"', '"rounds.lead"')


async def prepared(story: Story, *numbers: PhoneNumber, policy: str = POLICY) -> None:
    rules = load_policy(policy)
    await story.books.policies.add(rules)
    await story.add_plan(rules.name, rules.name)
    customer = Customer("customer", "王芳", "", numbers or (FIRST, SECOND), "", "zh", "周经理", "理财一部")
    callback = Callback(
        "cb-1",
        rules.name,
        customer.id,
        "",
        VisitType.ROUTINE_NEW,
        CallbackState.WAITING,
        MONDAY_10_15 + timedelta(hours=1),
        5,
        1,
        MONDAY_10_15,
    )
    await story.books.people.add_cases([customer], [callback])
    await story.start()


async def ended(story: Story, outcome: Outcome, *, number: PhoneNumber | None = None) -> str:
    """A dial that ends so, at the number that the rules choose or the agent does."""
    answer = await story.service.dialing.dial("1001", "cb-1", number=number)
    assert not isinstance(answer, Refusal), answer
    await story.clock.settle()
    story.switch.agent_answers(answer.id)
    await story.clock.advance(0.5)
    match outcome:
        case Outcome.BUSY:
            story.switch.busy(answer.id)
        case Outcome.NO_ANSWER:
            story.switch.rings(answer.id)
            await story.clock.advance(21)
        case _:
            story.switch.ends_unanswered(answer.id, 1, 404)
    await story.clock.advance(3)
    assert (await story.record(answer.id)).attempt.outcome is outcome
    return answer.id


async def talked(story: Story, disposition: Disposition, **more: object) -> str:
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    await story.service.visits.close(call, {**TALK, "disposition": disposition, **more})
    return call


async def outage(story: Story, length: timedelta) -> None:
    """The service is away so long, comes back and sweeps."""
    await story.kill()
    story.clock.jump(length.total_seconds())
    await story.start()
    await story.clock.advance(61)


async def pass_by(story: Story, length: timedelta) -> None:
    story.clock.jump(length.total_seconds())
    await story.clock.settle()


async def dialled(story: Story) -> list[PhoneNumber]:
    return [attempt.number for attempt in await story.books.attempts.of_callback("cb-1")]


async def explained(story: Story) -> Explanation:
    found = await story.service.asking.explain("cb-1", "1001")
    assert isinstance(found, Explanation)
    return found


def decisions(story: Story) -> Decisions:
    books = story.books
    return Decisions(DecisionParts(books.callbacks, books.decisions, books.audit, story.clock, books.policies))


BOSS = By(Account("boss-1", "boss", "主管", frozenset({Role.SUPERVISOR}), None, "zh", MONDAY_10_15))


async def test_the_second_dial_goes_to_the_second_number(story: Story) -> None:
    await prepared(story)
    before = await explained(story)
    assert before.choice is not None
    assert (before.number, before.choice.why, before.choice.following) == (FIRST, NumberWhy.FIRST, (SECOND,))
    await ended(story, Outcome.NO_ANSWER)
    after = await explained(story)
    assert after.choice is not None
    assert (after.number, after.choice.why) == (SECOND, NumberWhy.NEXT)
    await ended(story, Outcome.BUSY)
    await ended(story, Outcome.BUSY)
    assert await dialled(story) == [FIRST, SECOND, SECOND]


async def test_the_queues_next_is_dialled_at_the_number_of_the_rules_too(story: Story) -> None:
    await prepared(story)
    await ended(story, Outcome.NO_ANSWER)
    found = await story.service.dialing.dial_next("1001")
    assert isinstance(found, tuple)
    assert isinstance(found[0], Case)
    assert not isinstance(found[1], Refusal)
    assert found[1].number == SECOND


async def test_a_number_that_does_not_exist_leaves_the_others(story: Story) -> None:
    await prepared(story)
    await ended(story, Outcome.INVALID_NUMBER)
    assert (await story.callback()).state is CallbackState.WAITING
    await ended(story, Outcome.INVALID_NUMBER)
    callback = await story.callback()
    assert (callback.state, callback.exhausted_reason) == (CallbackState.EXHAUSTED, "invalid_number")
    assert await dialled(story) == [FIRST, SECOND]


async def test_a_wrong_person_leaves_the_other_number(story: Story) -> None:
    await prepared(story)
    call = await talked(story, Disposition.WRONG_PERSON)
    assert (await story.record(call)).attempt.disposition is Disposition.WRONG_PERSON
    assert (await story.callback()).state is CallbackState.WAITING
    assert (await explained(story)).number == SECOND
    await talked(story, Disposition.WRONG_PERSON)
    assert (await story.callback()).exhausted_reason == "wrong_person"


async def test_the_agents_own_choice_wins_if_it_is_the_customers(story: Story) -> None:
    await prepared(story)
    refusal = await story.service.dialing.dial("1001", "cb-1", number=FOUND)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.NUMBER_OF_SOMEBODY_ELSE
    await ended(story, Outcome.BUSY, number=SECOND)
    assert await dialled(story) == [SECOND]


async def test_who_did_not_answer_sees_another_caller_id(story: Story) -> None:
    """C6-21; the attempt, the command to the switch and the log tell which."""
    await prepared(story)
    calls = [await ended(story, outcome) for outcome in (Outcome.NO_ANSWER, Outcome.BUSY, Outcome.NO_ANSWER)]
    records = [await story.record(call) for call in calls]
    assert [record.attempt.caller_id for record in records] == ["4001", "4002", "4001"]
    assert [record.call.terms.caller_id for record in records] == ["4001", "4002", "4001"]
    assert [(await story.log(call)).log.caller_id for call in calls] == ["4001", "4002", "4001"]


async def test_after_a_fault_of_the_recorder_another_telephone_is_used_and_recorded(story: Story) -> None:
    await prepared(story)
    call = await story.begin()
    story.switch.size_error = OSError(5, "Input/output error")
    story.switch.agent_answers(call)
    await story.clock.advance(8)
    assert (await story.record(call)).attempt.end_reason is EndReason.RECORDER_FAILED
    story.switch.size_error = None
    await story.clock.advance(600)
    again = await ended(story, Outcome.BUSY)
    assert (await story.record(again)).attempt.caller_id == "4002"
    assert (await story.recording(again)).steps


async def test_a_used_up_round_waits_for_a_new_number_and_begins_again_with_it(story: Story) -> None:
    await prepared(story, FIRST)
    await ended(story, Outcome.INVALID_NUMBER)
    callback = await story.callback()
    assert callback.number_wanted_until is not None
    assert callback.number_wanted_until - story.clock.now() > WEEK - timedelta(minutes=1)
    decide = decisions(story)
    assert await decide.give_back("cb-1", callback.version, "again", BOSS) is Undecidable.NUMBER_AWAITED
    assert await decide.add_number("cb-1", callback.version, FIRST, "", BOSS) is Undecidable.NUMBER_KNOWN
    case = await decide.add_number("cb-1", callback.version, FOUND, "业务部门提供", BOSS)
    assert isinstance(case, Case)
    assert (case.callback.round, case.callback.state) == (2, CallbackState.WAITING)
    assert case.customer.numbers == (FOUND, FIRST)
    (entry,) = await story.books.audit.entries(action=Action.NUMBER_FOUND)
    assert FOUND.e164 not in str(entry)
    assert entry.deed.login == "boss"
    (decided,) = await story.books.decisions.of_callback("cb-1")
    assert (decided.kind, decided.note, decided.reason) == (DecisionKind.NUMBER_FOUND, "业务部门提供", FOUND.masked)
    for _ in range(3):
        await ended(story, Outcome.BUSY)
    last = await story.callback()
    assert (await dialled(story))[-1] == FOUND
    assert (last.exhausted_reason, last.number_wanted_until) == ("rounds_used_up", None)
    assert await decide.give_back("cb-1", last.version, "again", BOSS) is Undecidable.BEYOND_ROUNDS
    third = await decide.give_back("cb-1", last.version, "again", BOSS, all_the_same=True)
    assert isinstance(third, Case)
    assert third.callback.round == 3


async def test_without_a_new_number_the_second_round_begins_at_the_deadline(story: Story) -> None:
    await prepared(story)
    for _ in range(3):
        await ended(story, Outcome.BUSY)
    waiting = await story.callback()
    assert waiting.number_wanted_until is not None
    await story.service.going_on.sweep()
    assert (await story.callback()).state is CallbackState.EXHAUSTED
    await outage(story, waiting.number_wanted_until - story.clock.now())
    callback = await story.callback()
    assert (callback.state, callback.round, callback.number_wanted_until) == (CallbackState.WAITING, 2, None)
    assert len(await story.books.audit.entries(action=Action.WENT_ON)) == 1


async def test_where_no_number_is_the_customers_a_supervisor_decides_at_the_deadline(story: Story) -> None:
    await prepared(story, FIRST)
    await ended(story, Outcome.INVALID_NUMBER)
    await outage(story, WEEK)
    callback = await story.callback()
    assert (callback.state, callback.exhausted_reason) == (CallbackState.EXHAUSTED, "no_new_number")
    assert callback.number_wanted_until is None


async def test_a_lead_comes_back_by_itself_until_the_customer_visits(story: Story) -> None:
    await prepared(story, policy=LEAD)
    await talked(story, Disposition.SUCCESS)
    callback, now = await story.callback(), story.clock.now()
    assert (callback.state, callback.round) == (CallbackState.WAITING, 2)
    assert (callback.not_before, callback.due_at) == (now + timedelta(days=1), now + timedelta(days=3))
    await pass_by(story, timedelta(days=1))
    await talked(story, Disposition.SUCCESS, dislikes_calls=True)
    callback, now = await story.callback(), story.clock.now()
    assert (await story.case()).customer.dislikes_calls
    assert (callback.round, callback.not_before) == (3, now + 2 * WEEK)
    await pass_by(story, 2 * WEEK)
    call = await talked(story, Disposition.VISITED, dislikes_calls=True)
    assert (await story.log(call)).log.dislikes_calls
    assert (await story.callback()).state is CallbackState.DONE
