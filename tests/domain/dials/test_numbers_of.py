"""Which of a customer's numbers is dialled next."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.numbers_of import NumberChoice, NumberWhy, ended_as, number_choice, spoiling, times_so
from callcenter.domain.dials.retry import AgainReason, Exhausted, ExhaustedReason, TryAgain, after_log, decide
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.phone import PhoneNumber
from domain.trying import A, B, C, D, dialled, tongjiang, walk, with_numbers
from domain.values import MONDAY_10_15, attempt

OURS = tongjiang()
CALM = [Outcome.BUSY, Outcome.REJECTED, Outcome.CONGESTION, Outcome.FAILED, Outcome.UNKNOWN]
RESTLESS = [Outcome.NO_ANSWER, Outcome.UNREACHABLE]


def test_the_example_of_three_numbers() -> None:
    """A; not answered, then B; B does not exist, then C; busy, C again; then A."""
    three, seen = with_numbers(A, B, C), []
    dials: list[Attempt] = []
    for outcome in (Outcome.NO_ANSWER, Outcome.INVALID_NUMBER, Outcome.BUSY, Outcome.NO_ANSWER):
        choice = number_choice(OURS, three, dials)
        assert choice.number is not None
        seen.append((choice.number, choice.why, choice.following))
        dials.append(dialled(len(dials) + 1, outcome, choice.number))
    assert seen == [
        (A, NumberWhy.FIRST, (B, C)),
        (B, NumberWhy.NEXT, (C, A)),
        (C, NumberWhy.SPOILT, (A,)),
        (C, NumberWhy.SAME, (A,)),
    ]
    assert number_choice(OURS, three, dials) == NumberChoice(A, NumberWhy.NEXT, (C,), frozenset({B}))


@pytest.mark.parametrize("outcome", CALM)
def test_who_is_there_or_could_not_be_asked_is_dialled_at_the_same_number(outcome: Outcome) -> None:
    assert number_choice(OURS, with_numbers(A, B), [dialled(1, outcome)]).number == A


@pytest.mark.parametrize("outcome", RESTLESS)
def test_who_does_not_answer_is_dialled_at_the_next(outcome: Outcome) -> None:
    assert number_choice(OURS, with_numbers(A, B), [dialled(1, outcome)]).number == B
    stays = tongjiang(f"[retry]\n{outcome.value} = {{switch_number = false}}")
    assert number_choice(stays, with_numbers(A, B), [dialled(1, outcome)]).number == A


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NOT_DIALLED])
def test_what_our_own_side_ended_changes_no_number(outcome: Outcome) -> None:
    dials = [dialled(1, Outcome.NO_ANSWER), dialled(2, outcome, B)]
    assert number_choice(OURS, with_numbers(A, B, C), dials).number == B


def test_one_number_is_the_only_one_until_it_is_spoilt() -> None:
    one = with_numbers(A)
    assert number_choice(OURS, one, []) == NumberChoice(A, NumberWhy.ONLY)
    assert number_choice(OURS, one, [dialled(1, Outcome.NO_ANSWER)]) == NumberChoice(A, NumberWhy.ONLY)
    spent = number_choice(OURS, one, [dialled(1, Outcome.INVALID_NUMBER)])
    assert spent == NumberChoice(None, NumberWhy.NONE, (), frozenset({A}))
    assert number_choice(OURS, with_numbers(), []).why is NumberWhy.NONE


def test_of_two_numbers_it_is_told_why_it_is_the_one() -> None:
    two = with_numbers(A, B)
    assert number_choice(OURS, two, []) == NumberChoice(A, NumberWhy.FIRST, (B,))
    assert number_choice(OURS, two, [dialled(1, Outcome.BUSY)]) == NumberChoice(A, NumberWhy.SAME, (B,))
    assert number_choice(OURS, two, [dialled(1, Outcome.NO_ANSWER)]) == NumberChoice(B, NumberWhy.NEXT, (A,))
    spoilt = number_choice(OURS, two, [dialled(1, Outcome.INVALID_NUMBER)])
    assert spoilt == NumberChoice(B, NumberWhy.SPOILT, (), frozenset({A}))


BUSY, INVALID, TALK = Outcome.BUSY, Outcome.INVALID_NUMBER, Outcome.ANSWERED
BROKEN, WRONG, AGREED = Disposition.INCOMPLETE, Disposition.WRONG_PERSON, Disposition.APPOINTMENT


@pytest.mark.parametrize(
    ("course", "times"),
    [
        ([(BUSY, A, None), (BUSY, B, None)], [1, 2]),
        ([(BUSY, A, None), (Outcome.NO_ANSWER, A, None), (BUSY, A, None)], [1, 1, 2]),
        ([(BUSY, A, None), (TALK, A, AGREED), (BUSY, A, None)], [1, 1, 1]),
        ([(BUSY, A, None), (TALK, A, WRONG), (BUSY, A, None)], [1, 1, 2]),
        ([(TALK, A, BROKEN), (BUSY, A, None), (TALK, A, BROKEN)], [1, 1, 2]),
        ([(INVALID, A, None), (INVALID, B, None), (INVALID, A, None)], [1, 1, 2]),
        ([(TALK, A, WRONG), (TALK, B, WRONG), (TALK, A, WRONG)], [1, 1, 2]),
        ([(INVALID, A, None), (TALK, B, AGREED), (INVALID, A, None)], [1, 1, 2]),
    ],
    ids=[
        "of the customer, whichever number",
        "of one kind",
        "since he answered",
        "somebody else is not he",
        "talks in the whole round",
        "what is said of a number, of that number",
        "so somebody else, too",
        "of a number, also across a talk",
    ],
)
def test_the_how_manyth_of_its_kind_a_dial_is(
    course: list[tuple[Outcome, PhoneNumber, Disposition | None]], times: list[int]
) -> None:
    dials = [dialled(place, outcome, number, said=said) for place, (outcome, number, said) in enumerate(course, 1)]
    assert [times_so(dials, dial) for dial in dials] == times


def test_a_dial_that_is_still_live_has_not_ended() -> None:
    assert ended_as(attempt(1, None, "2026-11-23/10:00-11:00")) is None


def test_a_number_that_is_there_twice_is_one_number() -> None:
    assert number_choice(OURS, with_numbers(A, A, B), []).following == (B,)


def test_what_the_policy_or_the_trunk_does_not_dial_is_passed_over() -> None:
    abroad = PhoneNumber("+442079460000")
    assert number_choice(OURS, with_numbers(abroad, A), []).number == A
    assert number_choice(OURS, with_numbers(A, B), [], barred=lambda number: number == A).number == B
    barred = number_choice(OURS, with_numbers(abroad), [])
    assert (barred.number, barred.why) == (abroad, NumberWhy.ONLY)


def test_an_invalid_number_ends_the_round_only_when_it_was_the_last() -> None:
    dials = [dialled(1, Outcome.INVALID_NUMBER, A)]
    again = decide(OURS, with_numbers(A, B), dials, MONDAY_10_15)
    assert isinstance(again, TryAgain)
    assert again.reason is AgainReason.NEXT_NUMBER
    dials.append(dialled(2, Outcome.INVALID_NUMBER, B))
    assert decide(OURS, with_numbers(A, B), dials, MONDAY_10_15) == Exhausted(ExhaustedReason.INVALID_NUMBER)


def test_a_wrong_person_ends_the_round_only_at_the_last_number() -> None:
    talk = dialled(1, Outcome.ANSWERED, A)
    again = after_log(OURS, with_numbers(A, B), [talk], Disposition.WRONG_PERSON, MONDAY_10_15)
    assert isinstance(again, TryAgain)
    assert again.reason is AgainReason.NEXT_NUMBER
    told = [replace(talk, disposition=Disposition.WRONG_PERSON), dialled(2, Outcome.ANSWERED, B)]
    assert number_choice(OURS, with_numbers(A, B), told[:1]).number == B
    ended = after_log(OURS, with_numbers(A, B), told, Disposition.WRONG_PERSON, MONDAY_10_15)
    assert ended == Exhausted(ExhaustedReason.WRONG_PERSON)


def test_a_number_that_does_not_exist_uses_up_no_dial_of_the_customer() -> None:
    """Three numbers do not exist; the fourth is dialled three times all the same (C6-57)."""
    ends = {A: Outcome.INVALID_NUMBER, B: Outcome.INVALID_NUMBER, C: Outcome.INVALID_NUMBER, D: Outcome.NO_ANSWER}
    done = walk(OURS, with_numbers(A, B, C, D), lambda number: (ends[number], None))
    assert [dial.number for dial in done.dials] == [A, B, C, D, D, D]
    assert done.follows == Exhausted(ExhaustedReason.DIALS_USED_UP)
    assert len({dial.slot for dial in done.dials[3:]}) == 3


def test_a_number_that_does_not_exist_uses_up_no_talk_that_broke_off() -> None:
    invalid = dialled(1, Outcome.INVALID_NUMBER, A)
    broken = [dialled(ordinal, Outcome.ANSWERED, B, said=Disposition.INCOMPLETE) for ordinal in (2, 3, 4)]
    who = with_numbers(A, B)
    again = after_log(OURS, who, [invalid, *broken[:2]], Disposition.INCOMPLETE, MONDAY_10_15)
    assert isinstance(again, TryAgain)
    spent = after_log(OURS, who, [invalid, *broken], Disposition.INCOMPLETE, MONDAY_10_15)
    assert spent == Exhausted(ExhaustedReason.DIALS_USED_UP)


def test_who_chooses_a_spoilt_number_again_has_dialled() -> None:
    dials = [dialled(1, Outcome.INVALID_NUMBER), dialled(2, Outcome.INVALID_NUMBER), dialled(3, Outcome.NO_ANSWER, B)]
    assert spoiling(OURS.retry, dials) == {"t1"}


def test_where_an_invalid_number_is_tried_again_by_rule_it_counts() -> None:
    stubborn = tongjiang("[retry]\ninvalid_number = {then = 'retry', switch_number = false}")
    done = walk(stubborn, with_numbers(A, B), lambda _number: (Outcome.INVALID_NUMBER, None))
    assert [dial.number for dial in done.dials] == [A, A, A]
    assert done.follows == Exhausted(ExhaustedReason.DIALS_USED_UP)


def test_a_new_round_begins_with_numbers_that_were_not_spoilt() -> None:
    earlier = [dialled(1, Outcome.INVALID_NUMBER, A), dialled(2, Outcome.NO_ANSWER, B)]
    assert number_choice(OURS, with_numbers(A, B, round_=2), earlier).number == B
    assert number_choice(OURS, with_numbers(C, A, B, round_=2), earlier) == NumberChoice(C, NumberWhy.FIRST, (B, A))
    both = [*earlier, dialled(3, Outcome.INVALID_NUMBER, B, round_=2)]
    assert number_choice(OURS, with_numbers(A, B, C, round_=3), both) == NumberChoice(C, NumberWhy.FIRST, (A, B))


def test_where_none_may_be_dialled_one_that_was_not_spoilt_before_is_named() -> None:
    earlier = [dialled(1, Outcome.INVALID_NUMBER, A)]
    none_left = number_choice(OURS, with_numbers(A, B, round_=2), earlier, barred=lambda _number: True)
    assert none_left == NumberChoice(B, NumberWhy.ONLY)


def test_after_a_number_that_is_the_customers_no_more_the_first_of_his_is_dialled() -> None:
    choice = number_choice(OURS, with_numbers(B, C), [dialled(1, Outcome.NO_ANSWER, A)])
    assert (choice.number, choice.following) == (B, (C,))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([A, B, C, D]), min_size=1, max_size=4, unique=True),
    st.lists(st.sampled_from([*RESTLESS, Outcome.INVALID_NUMBER]), min_size=12, max_size=12),
)
def test_switching_reaches_every_number(numbers: list[PhoneNumber], outcomes: list[Outcome]) -> None:
    """As many dials as numbers are enough, whatever becomes of them, and none that is spoilt is dialled again."""
    rules = tongjiang("[rounds]\ndials_per_round = 4")
    left = iter(outcomes)
    done = walk(rules, with_numbers(*numbers), lambda _number: (next(left), None))
    dialled_numbers = [dial.number for dial in done.dials]
    assert set(dialled_numbers[: len(numbers)]) == set(numbers)
    for place, dial in enumerate(done.dials):
        if dial.outcome is Outcome.INVALID_NUMBER:
            assert dial.number not in dialled_numbers[place + 1 :]
