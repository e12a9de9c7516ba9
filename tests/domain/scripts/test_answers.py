"""Which questions are asked after these answers, what is missing, and which problems arise?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.scripts.answers import (
    AGREED,
    CONVENIENT,
    DEVIATION,
    IDENTITY,
    QUESTION,
    UNANSWERED,
    Identified,
    Unfit,
    excused,
    fit,
    identified,
    missing,
    raised,
    shown,
    standing,
    taken,
)
from callcenter.domain.scripts.question import Answers, AnswerTest, Condition, Kind, RedFlag, Value
from callcenter.domain.scripts.script import Mode, Script
from domain.script_values import FLAG, OPTIONS, answered, asked, identity, script, scripts, values_for

CHAIN = script(
    asked("first", required=True),
    asked("second", Kind.RATING, required=True, only_if=(Condition(question="first", equals=True),)),
    asked("third", Kind.TEXT, required=True, only_if=(Condition(question="second", at_most=2),)),
    asked("last", red_flags=(RedFlag(**FLAG, equals=True), RedFlag(**FLAG, differs=True))),
)


def ids(questions: Any) -> list[str]:
    return [question.id for question in questions]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ["first", "last"]),
        ({"first": False}, ["first", "last"]),
        ({"first": True}, ["first", "second", "last"]),
        ({"first": True, "second": 3}, ["first", "second", "last"]),
        ({"first": True, "second": 2}, ["first", "second", "third", "last"]),
        # What was answered on a branch that is left counts for nothing.
        ({"first": False, "second": 2}, ["first", "last"]),
    ],
)
def test_a_question_is_asked_only_after_the_answers_it_stands_behind(answers: Answers, expected: list[str]) -> None:
    assert ids(shown(CHAIN, answers)) == expected


def test_what_is_missing_is_required_asked_and_unanswered() -> None:
    assert ids(missing(CHAIN, {})) == ["first"]
    assert ids(missing(CHAIN, {"first": True, "second": 1})) == ["third"]
    assert ids(missing(CHAIN, {"first": False})) == []


def test_each_red_flag_of_an_answer_is_raised_by_itself() -> None:
    assert [(each.question.id, each.place) for each in raised(CHAIN, {"last": True})] == [("last", 0)]
    assert [(each.question.id, each.place) for each in raised(CHAIN, {"last": False})] == [("last", 1)]
    assert raised(CHAIN, {}) == ()


@given(answered())
def test_questions_keep_their_order_and_stand_only_behind_asked_ones(made: tuple[Script, Answers]) -> None:
    tried, answers = made
    found = ids(shown(tried, answers))
    assert found == [each for each in ids(tried.questions) if each in found]
    for question in shown(tried, answers):
        assert all(condition.question in found and condition.question in answers for condition in question.only_if)
    for question in tried.questions:
        assert bool(question.only_if) or question.id in found


@given(answered())
def test_answers_to_what_is_not_asked_change_nothing(made: tuple[Script, Answers]) -> None:
    tried, answers = made
    found = shown(tried, answers)
    counted = {key: value for key, value in answers.items() if key in ids(found)}
    assert shown(tried, counted) == found
    assert raised(tried, counted) == raised(tried, answers)
    assert missing(tried, counted) == missing(tried, answers)


@given(answered())
def test_a_problem_arises_only_from_an_asked_answer_that_fits_its_flag(made: tuple[Script, Answers]) -> None:
    tried, answers = made
    found = raised(tried, answers)
    assert {each.question.id for each in found} <= set(ids(shown(tried, answers))) & answers.keys()
    expected = [
        (question.id, place)
        for question in shown(tried, answers)
        for place, flag in enumerate(question.red_flags)
        if question.id in answers and flag.fits(answers[question.id])
    ]
    assert [(each.question.id, each.place) for each in found] == expected


@given(scripts(), st.data())
def test_who_answers_everything_asked_misses_nothing(tried: Script, data: st.DataObject) -> None:
    answers: dict[str, Value] = {}
    while lacking := [each for each in shown(tried, answers) if each.id not in answers]:
        answers[lacking[0].id] = data.draw(values_for(lacking[0]))
    assert missing(tried, answers) == ()
    assert set(answers) == set(ids(shown(tried, answers)))


@given(scripts(), st.data())
def test_what_fits_is_kept_and_reads_back_as_the_same(tried: Script, data: st.DataObject) -> None:
    for question in tried.questions:
        value = data.draw(values_for(question))
        assert fit(question, list(value) if isinstance(value, tuple) else value) == value
        assert taken(tried, QUESTION + question.id, value) == value


@pytest.mark.parametrize(
    ("kind", "given_", "expected"),
    [
        (Kind.YES_NO, "true", Unfit.WRONG_KIND),
        (Kind.YES_NO, 1, Unfit.WRONG_KIND),
        (Kind.CHOICE, "x", Unfit.NO_OPTION),
        (Kind.CHOICE, ["是"], Unfit.WRONG_KIND),
        (Kind.CHOICES, ["否", "是", "是"], ("是", "否")),
        (Kind.CHOICES, ["是", "x"], Unfit.NO_OPTION),
        (Kind.CHOICES, "是", Unfit.WRONG_KIND),
        (Kind.CHOICES, [], None),
        (Kind.RATING, 0, Unfit.OUT_OF_RANGE),
        (Kind.RATING, 6, Unfit.OUT_OF_RANGE),
        (Kind.RATING, 5.0, 5),
        (Kind.RATING, 2.5, Unfit.WRONG_KIND),
        (Kind.RATING, True, Unfit.WRONG_KIND),
        (Kind.NUMBER, "4", Unfit.WRONG_KIND),
        (Kind.NUMBER, float("inf"), Unfit.OUT_OF_RANGE),
        (Kind.NUMBER, float("nan"), Unfit.OUT_OF_RANGE),
        (Kind.NUMBER, 10**400, Unfit.OUT_OF_RANGE),
        (Kind.DATE, "2026-02-30", Unfit.NO_DATE),
        (Kind.DATE, "0001-01-01", Unfit.OUT_OF_RANGE),
        (Kind.TEXT, " \n", None),
        (Kind.TEXT, "x" * 4001, Unfit.TOO_LONG),
        (Kind.TEXT, {"a": 1}, Unfit.WRONG_KIND),
        (Kind.TEXT, None, None),
    ],
)
def test_what_is_no_answer_is_told_apart(kind: Kind, given_: object, expected: object) -> None:
    assert fit(asked("q", kind), given_) == expected


def test_options_of_the_values_are_those_of_the_questions() -> None:
    assert asked("q", Kind.CHOICE).options == OPTIONS


@given(st.integers(1, 5), st.data())
def test_a_person_is_known_by_enough_right_answers_and_no_others(many: int, data: st.DataObject) -> None:
    least = data.draw(st.integers(1, many))
    asked_of = identity(many, least)
    answers = data.draw(st.dictionaries(st.sampled_from([each.id for each in asked_of.checks]), st.booleans()))
    right, wrong = sum(answers.values()), sum(not each for each in answers.values())
    found = identified(asked_of, answers)
    assert (found is Identified.CONFIRMED) is (right >= least)
    assert (found is Identified.FAILED) is (right < least and wrong > many - least)
    assert (found is Identified.NOT_ASKED) is (not answers)


def test_where_nobody_is_asked_who_he_is_he_is_known() -> None:
    assert identified(None, {}) is Identified.CONFIRMED


def test_the_whole_standing_tells_questions_and_identity_apart() -> None:
    tried = script(asked("c0", required=True), identity=identity(1, 1))
    assert standing(tried, {}).missing == ("c0",)
    assert standing(tried, {"identity.c0": True}).missing == ("c0",)
    now = standing(tried, {"q.c0": True})
    assert (now.missing, now.identified) == ((), Identified.NOT_ASKED)


@pytest.mark.parametrize("mode", Mode)
def test_only_an_adaptable_script_takes_a_deviation_and_an_excuse(mode: Mode) -> None:
    tried = script(asked("q", required=True), mode=mode)
    fine = mode is Mode.ADAPTABLE
    for key in (DEVIATION, UNANSWERED):
        assert taken(tried, key, "the line was bad") == ("the line was bad" if fine else Unfit.STRICT)
        assert taken(tried, key, None) is None
    assert excused(tried, {UNANSWERED: "the line was bad"}) is fine
    assert not excused(tried, {UNANSWERED: " "})


@pytest.mark.parametrize("key", ["q.none", "identity.none", "other", "", "q", "q.", "Q.first"])
def test_an_unknown_key_is_no_question(key: str) -> None:
    assert taken(CHAIN, key, True) is Unfit.UNKNOWN_QUESTION


def test_whether_it_suits_is_kept_where_it_is_asked() -> None:
    assert taken(CHAIN, CONVENIENT, False) is False
    assert taken(script(convenient=None), CONVENIENT, False) is Unfit.UNKNOWN_QUESTION
    assert taken(script(identity=identity()), f"{IDENTITY}c1", True) is True


@pytest.mark.parametrize(
    ("test", "answer", "fits"),
    [
        ({"equals": True}, True, True),
        ({"equals": True}, 1, False),
        ({"equals": 1}, True, False),
        ({"differs": 0}, False, True),
        ({"equals": 3}, 3, True),
        ({"contains": "费"}, "收了费用", True),
        ({"contains": "费"}, ("收费", "费"), True),
        ({"contains": "费"}, ("收费",), False),
        ({"at_least": 2}, 2, True),
        ({"at_least": 2}, True, False),
        ({"at_most": 0}, 0, True),
        ({"at_most": 2}, "1", False),
        ({"differs": "x"}, None, False),
    ],
)
def test_an_answer_fits_by_value_and_by_kind(test: dict[str, Any], answer: Value | None, fits: bool) -> None:
    assert AnswerTest(**test).fits(answer) is fits


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("2026-11-24T10:00:00+08:00", "2026-11-24T02:00:00+00:00"),
        ("2026-11-24T10:00:00", Unfit.NO_DATE),
        ("tomorrow", Unfit.NO_DATE),
        ("0001-01-01T00:00:00+14:00", Unfit.NO_DATE),
        (5, Unfit.WRONG_KIND),
        (None, None),
        ("", None),
    ],
)
def test_the_agreed_time_is_an_instant(given_: object, expected: object) -> None:
    assert taken(CHAIN, AGREED, given_) == expected
    assert taken(script(convenient=None), AGREED, given_) is Unfit.UNKNOWN_QUESTION
