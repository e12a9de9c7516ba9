"""Rounds of attempts: what lies between them, what ends them, and what a supervisor may still decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.dials.retry import (
    Appointment,
    Exhausted,
    ExhaustedReason,
    Finished,
    NextRound,
    TryAgain,
    after_log,
    decide,
)
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Callback, CallbackState, Channel, VisitType
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.rounds import Between, IfAnnoyed, RoundsGroup, Until
from callcenter.domain.refusal import Strength
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import Undecidable, after_deadline, new_number, new_round
from domain.trying import A, B, C, dialled, tongjiang, walk, with_numbers
from domain.values import MONDAY_10_15, case, policy

LIAONING = tongjiang('rounds = "rounds.liaoning"')
LEAD = policy('windows = "window.always"\nrounds = "rounds.lead"')
SURVEY = tongjiang('rounds = "rounds.survey"')
WEEK = timedelta(days=7)
NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
USED_UP = Callback(
    id="cb",
    plan_id="plan",
    customer_id="customer",
    purpose="",
    visit_type=VisitType.SPECIAL,
    state=CallbackState.EXHAUSTED,
    due_at=NOW,
    priority=5,
    round=1,
    created_at=NOW,
    exhausted_reason="dials_used_up",
    number_wanted_until=NOW + WEEK,
)
TWO = RoundsGroup(phone_rounds=2, between=Between.NEW_NUMBER, then=(Channel.ONSITE, Channel.LETTER))


def test_between_two_rounds_a_new_number_is_wanted() -> None:
    """C9-20, C9-21: so long as the product's own deadline says, of which the text says nothing."""
    first = walk(LIAONING, with_numbers(A), lambda _number: (Outcome.NO_ANSWER, None))
    last = first.dials[-1].started_at + timedelta(seconds=31)
    assert first.follows == Exhausted(ExhaustedReason.DIALS_USED_UP, last + WEEK)
    spoilt = decide(LIAONING, case(), [dialled(1, Outcome.INVALID_NUMBER)], MONDAY_10_15)
    assert spoilt == Exhausted(ExhaustedReason.INVALID_NUMBER, MONDAY_10_15 + WEEK)
    talk = dialled(1, Outcome.ANSWERED)
    stranger = after_log(LIAONING, case(), [talk], Disposition.WRONG_PERSON, MONDAY_10_15)
    assert stranger == Exhausted(ExhaustedReason.WRONG_PERSON, MONDAY_10_15 + WEEK)


def test_who_refuses_needs_no_new_number() -> None:
    refused = after_log(LIAONING, case(), [dialled(1, Outcome.ANSWERED)], Disposition.REFUSED, MONDAY_10_15)
    assert refused == Exhausted(ExhaustedReason.REFUSED)


def test_after_the_second_round_another_channel_is_left() -> None:
    """C9-22 … C9-24."""
    second = walk(LIAONING, with_numbers(A, round_=2), lambda _number: (Outcome.NO_ANSWER, None))
    assert second.follows == Exhausted(ExhaustedReason.ROUNDS_USED_UP)
    invalid = decide(LIAONING, case(round_=2), [dialled(1, Outcome.INVALID_NUMBER, round_=2)], MONDAY_10_15)
    assert invalid == Exhausted(ExhaustedReason.INVALID_NUMBER)


def test_a_round_may_have_more_dials_than_the_least() -> None:
    more = tongjiang("[rounds]\ndials_per_round = 5")
    assert more.most_dials == 5
    assert len(walk(more, case(), lambda _number: (Outcome.BUSY, None)).dials) == 5


@pytest.mark.parametrize(
    ("rules", "mistake"),
    [
        ("dials_per_round = 2", "rounds.dials_per_round is 2, less than attempts.dials_min, 3"),
        ("then_every_days = 7", 'rounds: within_days and then_every_days are for until = "customer_visits" alone'),
        ('within_days = 3\nuntil = "customer_visits"', "rounds: after within_days it must be told how it goes on"),
        ('then = ["phone"]', "rounds: then names channels other than phone, each once"),
        ('then = ["letter", "letter"]', "rounds: then names channels other than phone, each once"),
        ("phone_rounds = 0", "rounds.phone_rounds: "),
        ("annoyed_factor = 0.5", "rounds.annoyed_factor: "),
        ("reason_required = false", "rounds.reason_required: "),
        ("rounds = 2", "rounds.rounds: is not a known key"),
    ],
)
def test_a_mistake_in_the_rounds_names_its_key(rules: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as caught:
        tongjiang(f"[rounds]\n{rules}")
    (found,) = caught.value.mistakes
    assert found.startswith(mistake)


@pytest.mark.parametrize(("number", "days"), [(1, (1, 3)), (2, (7, 8)), (3, (7, 8)), (50, (7, 8))])
@pytest.mark.parametrize("dislikes", [False, True])
def test_a_lead_is_called_again_within_three_days_and_then_weekly(
    number: int, days: tuple[int, int], dislikes: bool
) -> None:
    """N6-02, N6-03; half as often for who dislikes calls (N6-17)."""
    who = with_numbers(A, round_=number, dislikes_calls=dislikes)
    talk = dialled(1, Outcome.ANSWERED, round_=number)
    earliest, due = (MONDAY_10_15 + timedelta(days=each) * (2 if dislikes else 1) for each in days)
    follows = after_log(LEAD, who, [talk], Disposition.SUCCESS, MONDAY_10_15)
    assert follows == NextRound(number + 1, earliest, due)


def test_a_lead_that_does_not_answer_is_called_again_too() -> None:
    done = walk(LEAD, with_numbers(A, round_=2), lambda _number: (Outcome.NO_ANSWER, None))
    assert isinstance(done.follows, NextRound)
    assert done.follows.number == 3


def test_a_lead_is_over_when_the_customer_visits_or_refuses() -> None:
    talk = dialled(1, Outcome.ANSWERED)
    assert after_log(LEAD, case(), [talk], Disposition.VISITED, MONDAY_10_15) == Finished()
    refused = after_log(LEAD, case(), [talk], Disposition.REFUSED, MONDAY_10_15)
    assert refused == Exhausted(ExhaustedReason.REFUSED)


def test_a_rhythm_may_have_a_last_round() -> None:
    few = policy('windows = "window.always"\n[rounds]\npreset = "rounds.lead"\nphone_rounds = 2')
    talk = dialled(1, Outcome.ANSWERED)
    assert isinstance(after_log(few, case(), [talk], Disposition.SUCCESS, MONDAY_10_15), NextRound)
    second = replace(talk, round=2)
    assert after_log(few, case(round_=2), [second], Disposition.SUCCESS, MONDAY_10_15) == Finished()


@pytest.mark.parametrize("disposition", [Disposition.SUCCESS, Disposition.PROBLEM])
@pytest.mark.parametrize("preset", ["rounds.survey", "rounds.plaza"])
def test_what_is_unsolved_stays_open(preset: str, disposition: Disposition) -> None:
    """C7-11, N9-07."""
    rules, talk, later = tongjiang(f'rounds = "{preset}"'), dialled(1, Outcome.ANSWERED), MONDAY_10_15 + WEEK
    again = after_log(rules, case(), [talk], disposition, MONDAY_10_15, later, resolved=False)
    assert again == Appointment(later)
    assert after_log(rules, case(), [talk], disposition, MONDAY_10_15) == Finished()


def test_without_that_rule_a_success_is_the_end() -> None:
    talk, later = dialled(1, Outcome.ANSWERED), MONDAY_10_15 + WEEK
    done = after_log(tongjiang(), case(), [talk], Disposition.SUCCESS, MONDAY_10_15, later, resolved=False)
    assert done == Finished()
    assert after_log(SURVEY, case(), [talk], Disposition.SUCCESS, MONDAY_10_15, later) == Finished()


def test_a_broken_talk_that_fixed_a_time_is_taken_up_then() -> None:
    talk, later = dialled(1, Outcome.ANSWERED), MONDAY_10_15 + WEEK
    assert after_log(tongjiang(), case(), [talk], Disposition.INCOMPLETE, MONDAY_10_15, later) == Appointment(later)
    assert isinstance(after_log(tongjiang(), case(), [talk], Disposition.INCOMPLETE, MONDAY_10_15), TryAgain)


@pytest.mark.parametrize(
    ("strength", "all_the_same", "expected"),
    [
        (Strength.HARD, False, Undecidable.ROUNDS_USED_UP),
        (Strength.HARD, True, Undecidable.ROUNDS_USED_UP),
        (Strength.OVERRIDE, False, Undecidable.BEYOND_ROUNDS),
        (Strength.OVERRIDE, True, None),
        (Strength.ADVISORY, False, None),
    ],
)
def test_a_round_beyond_the_last_depends_on_how_binding_that_is(
    strength: Strength, all_the_same: bool, expected: Undecidable | None
) -> None:
    rounds, second = TWO.model_copy(update={"strength": strength}), replace(USED_UP, round=2, number_wanted_until=None)
    back = new_round(second, "again", NOW, None, rounds, all_the_same=all_the_same)
    found = new_number(second, [A], B, rounds, all_the_same=all_the_same)
    for decided in (back, found):
        assert decided == (expected or CallbackChange(CallbackState.WAITING, round=3))


def test_while_a_new_number_is_awaited_the_next_round_must_be_meant() -> None:
    assert new_round(USED_UP, "again", NOW, None, TWO) is Undecidable.NUMBER_AWAITED
    second = CallbackChange(CallbackState.WAITING, round=2)
    assert new_round(USED_UP, "again", NOW, None, TWO, all_the_same=True) == second
    assert new_round(USED_UP, "again", NOW + WEEK, None, TWO) == second


def test_with_a_new_number_the_next_round_begins() -> None:
    assert new_number(USED_UP, [A], B, TWO) == CallbackChange(CallbackState.WAITING, round=2)
    assert new_number(USED_UP, [A, B], B, TWO) is Undecidable.NUMBER_KNOWN


@pytest.mark.parametrize("state", [state for state in CallbackState if state is not CallbackState.EXHAUSTED])
def test_only_what_is_used_up_takes_a_new_number(state: CallbackState) -> None:
    assert new_number(replace(USED_UP, state=state), [A], B, TWO) is Undecidable.NOT_EXHAUSTED
    assert after_deadline(replace(USED_UP, state=state), NOW + WEEK) is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("dials_used_up", CallbackChange(CallbackState.WAITING, round=2)),
        ("invalid_number", CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="no_new_number")),
        ("wrong_person", CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="no_new_number")),
    ],
)
def test_when_no_number_came_in_time(reason: str, expected: CallbackChange) -> None:
    waiting = replace(USED_UP, exhausted_reason=reason)
    assert after_deadline(waiting, NOW + WEEK - timedelta(seconds=1)) is None
    assert after_deadline(waiting, NOW + WEEK) == expected
    assert after_deadline(replace(waiting, number_wanted_until=None), NOW + WEEK) is None


def test_the_new_number_is_dialled_first() -> None:
    """It stands before the others in the customer's record; those follow."""
    second = walk(LIAONING, with_numbers(C, A, B, round_=2), lambda _number: (Outcome.NO_ANSWER, None))
    assert [dial.number for dial in second.dials] == [C, A, B]


def test_the_defaults_are_the_products_own() -> None:
    group = tongjiang().rounds
    assert (group.phone_rounds, group.between, group.until) == (None, Between.SUPERVISOR, Until.TALKED)
    assert (group.new_number_days, group.annoyed_factor, group.if_annoyed) == (7, 2.0, IfAnnoyed.LOWER_FREQUENCY)
    assert {group.source_of(name) for name in type(group).model_fields if name != "source"} == {"product"}
