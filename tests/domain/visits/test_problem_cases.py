"""Problem cases and corrections: their steps, their due times, and what a script still lacks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.scripts.answers import raised
from callcenter.domain.scripts.question import RedFlag, Value
from callcenter.domain.scripts.script import Mode
from callcenter.domain.times.spans import Span, Unit
from callcenter.domain.visits.corrections import (
    CorrectedField,
    Correction,
    CorrectionState,
    Uncorrectable,
    corrected,
    proposable,
)
from callcenter.domain.visits.problem_cases import (
    CaseDeed,
    CaseState,
    ProblemCase,
    Uncloseable,
    case_id,
    due_of_case,
    moved,
)
from callcenter.domain.visits.script_run import TALKED, script_lacking
from callcenter.domain.visits.visitlog import FieldName, VisitLog
from domain.script_values import FLAG, asked, identity, script
from domain.values import MONDAY_10_15, case, policy

OPEN = ProblemCase(
    "pc-1", "cb", "at", "bad", "Bad", True, "Compliance", "he said", "q", MONDAY_10_15, "1001", MONDAY_10_15
)
FRIDAY = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)


@given(st.lists(st.sampled_from(CaseDeed), max_size=8))
def test_a_case_is_closed_only_after_it_was_handled(deeds: list[CaseDeed]) -> None:
    now, handled = OPEN, False
    for deed in deeds:
        after = moved(now, deed, "done")
        if isinstance(after, ProblemCase):
            assert after.version == now.version + 1
            handled = {CaseDeed.HANDLE: True, CaseDeed.REOPEN: False}.get(deed, handled)
            now = after
        assert now.state is not CaseState.CLOSED or handled


@pytest.mark.parametrize(
    ("deed", "state"),
    [
        (CaseDeed.HANDLE, CaseState.OPEN),
        (CaseDeed.CLOSE, CaseState.HANDLED),
        (CaseDeed.REOPEN, CaseState.CLOSED),
    ],
)
def test_every_step_that_somebody_takes_needs_his_words(deed: CaseDeed, state: CaseState) -> None:
    stands = replace(OPEN, state=state)
    assert moved(stands, deed, " \n") is Uncloseable.WORDS_LACKING
    assert isinstance(moved(stands, deed, "x"), ProblemCase)


def test_what_an_answer_raised_its_correction_withdraws_and_may_raise_again() -> None:
    withdrawn = moved(OPEN, CaseDeed.WITHDRAW, "")
    assert isinstance(withdrawn, ProblemCase)
    assert moved(withdrawn, CaseDeed.HANDLE, "x") is Uncloseable.NOT_FROM_HERE
    assert moved(withdrawn, CaseDeed.RAISE, "") == replace(OPEN, version=3)
    assert moved(replace(OPEN, state=CaseState.HANDLED), CaseDeed.WITHDRAW, "") is Uncloseable.NOT_FROM_HERE


def test_only_an_open_case_can_be_overdue() -> None:
    late = MONDAY_10_15 + timedelta(days=9)
    assert OPEN.overdue(MONDAY_10_15)
    assert not OPEN.overdue(MONDAY_10_15 - timedelta(seconds=1))
    assert not replace(OPEN, state=CaseState.HANDLED).overdue(late)


@pytest.mark.parametrize(
    ("span", "due"),
    [
        (Span(1, Unit.WORKING_DAY), datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)),
        (Span(24, Unit.HOUR), FRIDAY + timedelta(hours=24)),
        (Span(1, Unit.SAME_DAY), datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_case_is_due_by_the_customers_days(span: Span, due: datetime) -> None:
    assert due_of_case(span, FRIDAY, policy(), "Asia/Shanghai") == due


def test_where_days_cannot_be_counted_it_is_due_at_once() -> None:
    span = Span(1, Unit.WORKING_DAY)
    assert due_of_case(span, FRIDAY, None, "Asia/Shanghai") == FRIDAY
    assert due_of_case(span, FRIDAY, policy(), "nowhere") == FRIDAY


def test_each_flag_of_each_talk_has_one_case() -> None:
    tried = script(
        asked("a", red_flags=(RedFlag(**FLAG, equals=True), RedFlag(**FLAG, differs=False))),
        asked("b", red_flags=(RedFlag(**FLAG, equals=True),)),
    )
    found = raised(tried, {"a": True, "b": True})
    assert len({case_id(attempt, each) for attempt in ("x", "y") for each in found}) == 6
    assert case_id("x", found[0]) == case_id("x", found[0])


LOG = VisitLog("at", "cb", outcome=Outcome.ANSWERED, disposition=Disposition.SUCCESS)


@pytest.mark.parametrize("disposition", [*Disposition, None])
def test_required_answers_are_asked_for_where_the_visit_was_made(disposition: Disposition | None) -> None:
    tried = script(asked("q", required=True), identity=identity(1, 1))
    lacking = script_lacking(replace(LOG, disposition=disposition), tried, {})
    assert lacking == ((FieldName.IDENTITY, FieldName.SCRIPT) if disposition in TALKED else ())
    assert script_lacking(replace(LOG, outcome=Outcome.BUSY, disposition=disposition), tried, {}) == ()


def test_a_reason_takes_the_place_of_answers_in_an_adaptable_script_alone() -> None:
    for mode in Mode:
        tried = script(asked("q", required=True), mode=mode, identity=identity(1, 1))
        values: dict[str, Value] = {"unanswered": "he had to go", "identity.c0": True}
        expected = () if mode is Mode.ADAPTABLE else (FieldName.SCRIPT,)
        assert script_lacking(LOG, tried, values) == expected
        assert script_lacking(LOG, tried, {"unanswered": "he had to go"})[0] is FieldName.IDENTITY
    assert script_lacking(LOG, None, {}) == ()


def correction(field: CorrectedField, old: str, new: str) -> Correction:
    return Correction("co", "at", "cb", "k1", field, old, new, MONDAY_10_15, "agent")


def test_a_correction_takes_the_place_of_the_old_value_and_of_no_other() -> None:
    customer = case().customer
    number = customer.numbers[0].e164
    named = corrected(customer, correction(CorrectedField.NAME, "Zhang San", "Zhang Shan"))
    assert named == replace(customer, name="Zhang Shan")
    replaced = corrected(customer, correction(CorrectedField.NUMBER, number, "+8613900000001"))
    assert replaced == replace(customer, numbers=(PhoneNumber("+8613900000001"),))
    added = corrected(customer, correction(CorrectedField.NUMBER, "", "+8613900000001"))
    assert added == replace(customer, numbers=(PhoneNumber("+8613900000001"), *customer.numbers))
    stale = corrected(customer, correction(CorrectedField.NAME, "Somebody", "Zhang Shan"))
    assert stale is Uncorrectable.OLD_CHANGED
    decided = replace(correction(CorrectedField.NAME, "Zhang San", "X"), state=CorrectionState.DECLINED)
    assert corrected(customer, decided) is Uncorrectable.DECIDED


def test_only_what_is_new_and_of_this_record_is_proposed() -> None:
    customer = case().customer
    number = customer.numbers[0].e164
    assert proposable(customer, CorrectedField.NAME, "Zhang San", "Zhang Shan") is None
    assert proposable(customer, CorrectedField.NAME, "Zhang San", " ") is Uncorrectable.EMPTY
    assert proposable(customer, CorrectedField.NAME, "Zhang San", "Zhang San") is Uncorrectable.NOTHING_NEW
    assert proposable(customer, CorrectedField.NAME, "Other", "X") is Uncorrectable.OLD_CHANGED
    assert proposable(customer, CorrectedField.NUMBER, "", "+8613900000001") is None
    assert proposable(customer, CorrectedField.NUMBER, "", number) is Uncorrectable.NOTHING_NEW
