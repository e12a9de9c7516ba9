"""Columns for the customer's class, the trigger and its day; and due dates that follow from them."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.intake.headings import field_of
from callcenter.domain.intake.problems import Problem, problem_sentence
from callcenter.domain.intake.row import Field, IntakeTerms, Rejected, Understood
from callcenter.domain.intake.rows import differences
from callcenter.domain.words.sentences import Language
from domain.intake_values import TERMS, said_of, taken
from domain.values import policy

SHANGHAI = ZoneInfo("Asia/Shanghai")
HEADINGS = ("客户姓名", "电话", "客户类别", "触发事件", "触发日期", "截止日期", "时区")
NAME, NUMBER = "王芳", "13800000001"


def terms(body: str) -> IntakeTerms:
    return replace(TERMS, policy=policy(f'windows = "window.always"\n{body}'))


WEALTH = terms('due = ["due.tongjiang_new", "due.tongjiang_cont"]\ncadence = "cadence.generic"')
PRODUCT = terms('due = "due.product"')


def row(*cells: str, under: IntakeTerms = WEALTH) -> Understood:
    return taken(HEADINGS, NAME, NUMBER, *cells, terms=under)


def problems(*cells: str, under: IntakeTerms = WEALTH) -> list[tuple[Problem, str]]:
    said = said_of(HEADINGS, NAME, NUMBER, *cells, terms=under)
    assert isinstance(said, Rejected)
    return [(problem.problem, problem.column) for problem in said.problems]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("客户等级", Field.CUSTOMER_CLASS),
        ("Customer class", Field.CUSTOMER_CLASS),
        ("触发事件", Field.TRIGGER),
        ("Trigger", Field.TRIGGER),
        ("触发时间", Field.TRIGGERED),
        ("Triggered on", Field.TRIGGERED),
        ("签约日期", None),
    ],
)
def test_the_columns_are_known_by_their_headings(heading: str, field: Field | None) -> None:
    assert field_of(heading) is field


@pytest.mark.parametrize("word", ["签约", "signing", "Signing", "SIGNING"])
def test_a_signing_is_due_five_working_days_later_at_the_end_of_the_day(word: str) -> None:
    callback = row("", word, "2026-11-20").callback
    assert callback.due_at == datetime(2026, 11, 27, 23, 59, 59, tzinfo=SHANGHAI)
    assert (callback.trigger, callback.triggered_at) == ("signing", datetime(2026, 11, 20, tzinfo=SHANGHAI))
    assert callback.triggered_at is not None
    assert callback.triggered_at.tzinfo is UTC


def test_the_days_are_the_customers_own() -> None:
    callback = row("", "signing", "2026-11-20", "", "America/New_York").callback
    assert callback.due_at == datetime(2026, 11, 27, 23, 59, 59, tzinfo=ZoneInfo("America/New_York"))


def test_an_installation_waits_for_its_month() -> None:
    callback = row("", "安装", "2026-11-20", under=PRODUCT).callback
    assert callback.not_before == datetime(2026, 12, 20, tzinfo=SHANGHAI)
    assert callback.due_at == datetime(2026, 12, 20, 23, 59, 59, tzinfo=SHANGHAI)


def test_a_due_date_in_the_row_goes_before_what_follows_from_the_trigger() -> None:
    understood = row("", "whatever", "2026-11-20", "2026-12-24")
    assert understood.callback.due_at == datetime(2026, 12, 24, 23, 59, 59, tzinfo=SHANGHAI)
    assert (understood.callback.trigger, understood.callback.not_before) == ("whatever", None)
    assert row("", "signing", "", "2026-12-24").callback.triggered_at is None


def test_without_a_trigger_all_is_as_ever() -> None:
    callback = row("", "").callback
    assert (callback.trigger, callback.triggered_at, callback.not_before) == ("", None, None)
    assert callback.due_at == datetime(2026, 11, 28, 23, 59, 59, tzinfo=SHANGHAI)


def test_what_was_due_long_ago_is_taken_in_with_a_remark() -> None:
    understood = row("", "signing", "2026-01-05")
    assert [(each.problem, each.column) for each in understood.remarks] == [(Problem.DATE_PAST, "触发日期")]
    assert understood.callback.due_at < TERMS.now


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (("", "", "2026-11-20"), (Problem.TRIGGER_LACKING, "触发日期")),
        (("", "签约", ""), (Problem.TRIGGER_DATE_LACKING, "触发事件")),
        (("", "婚礼", "2026-11-20"), (Problem.TRIGGER_REFUSED, "触发事件")),
        (("", "签约", "soon"), (Problem.DATE_WRONG, "触发日期")),
    ],
)
def test_what_cannot_be_understood_keeps_the_row_out(cells: tuple[str, ...], problem: tuple[Problem, str]) -> None:
    assert problem in problems(*cells)


@pytest.mark.parametrize(
    ("under", "told", "told_zh"),
    [
        (PRODUCT, "has no rule for the trigger “signing” (known: installation)", "没有触发事件“signing”的规定"),
        (TERMS, "No policy always_open is in force", "没有生效的规则“always_open”"),
    ],
)
def test_a_trigger_that_leads_to_no_date_says_why(under: IntakeTerms, told: str, told_zh: str) -> None:
    said = said_of(HEADINGS, NAME, NUMBER, "", "签约", "2026-11-20", terms=under)
    assert isinstance(said, Rejected)
    (problem,) = said.problems
    assert told in problem_sentence(problem)
    assert told_zh in problem_sentence(problem, Language.ZH)


@pytest.mark.parametrize(
    ("text", "known"), [("重点客户", "key"), ("Key", "key"), ("普通", "ordinary"), ("Ａ类", "A类"), ("", "")]
)
def test_a_class_is_the_policys_where_it_has_one(text: str, known: str) -> None:
    assert row(text).customer.customer_class == known


def test_an_institutions_own_word_goes_before_ours() -> None:
    own = terms('[cadence.classes."重点客户"]\nevery = "1 week"\n[due.rules."签约"]\nfirst_by = "1 day"')
    understood = row("重点客户", "签约", "2026-11-20", under=own)
    assert (understood.customer.customer_class, understood.callback.trigger) == ("重点客户", "签约")
    assert understood.callback.due_at == datetime(2026, 11, 21, 23, 59, 59, tzinfo=SHANGHAI)


def test_what_the_row_says_otherwise_than_is_known_is_told() -> None:
    understood = row("重点客户", "signing", "2026-11-20")
    customer, callback = (
        replace(understood.customer, customer_class="ordinary"),
        replace(understood.callback, trigger="", triggered_at=None),
    )
    assert differences(understood, customer, callback) == (Field.CUSTOMER_CLASS, Field.TRIGGER, Field.TRIGGERED)
