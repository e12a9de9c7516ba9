"""A cell means what a person meant by it, or is refused; nothing is guessed that would dial a stranger."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.intake.cells import (
    BadCellError,
    due_day,
    end_of_day,
    key_text,
    language,
    phone_numbers,
    plain_text,
    priority,
    text_of,
    time_zone,
    visit_type,
    yes_or_no,
)
from callcenter.domain.intake.problems import Problem
from callcenter.domain.intake.row import Cell, Unusable
from callcenter.domain.people import VisitType

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("13800000001", ["13800000001"]),
        (13800000001, ["13800000001"]),
        (13800000001.0, ["13800000001"]),
        ("13800000001.0", ["13800000001"]),
        ("'13800000001", ["13800000001"]),
        ('="13800000001"', ["13800000001"]),
        ("１３８０００００００１", ["13800000001"]),
        ("\u202a+86 138 0000 0001\u202c", ["13800000001"]),
        (" 138-0000-0001\u00a0", ["13800000001"]),
        ("手机：13800000001", ["13800000001"]),
        (1012345678, ["01012345678"]),
        ("010-12345678", ["01012345678"]),
        ("(010)12345678", ["01012345678"]),
        ("13800000001;13900000002", ["13800000001", "13900000002"]),
        ("13800000001；13900000002", ["13800000001", "13900000002"]),
        ("13800000001、13900000002/010-12345678", ["13800000001", "13900000002", "01012345678"]),
        ("13800000001\n13900000002", ["13800000001", "13900000002"]),
        ("13800000001 13900000002", ["13800000001", "13900000002"]),
        ("13800000001, 13800000001", ["13800000001"]),
        ("", []),
        (None, []),
        ("无", []),
        ("-", []),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: Cell, numbers: list[str]) -> None:
    assert [number.national for number in phone_numbers(cell, "CN")] == numbers


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("1.38E+10", Problem.NUMBER_ROUNDED),
        ("1.38e10", Problem.NUMBER_ROUNDED),
        (13800000000.0, Problem.NUMBER_ROUNDED),
        (13800000000, Problem.NUMBER_ROUNDED),
        ("1380000000", Problem.NUMBER_WRONG),
        ("138000000011", Problem.NUMBER_WRONG),
        ("13800000001;12", Problem.NUMBER_WRONG),
        ("010-12345678转801", Problem.NUMBER_WRONG),
        ("王伟", Problem.NUMBER_WRONG),
        ("1380000000.5", Problem.NUMBER_WRONG),
        (1380000000.5, Problem.NUMBER_WRONG),
        (True, Problem.NUMBER_WRONG),
        ("#N/A", Problem.EXCEL_ERROR),
        (Unusable("#REF!"), Problem.EXCEL_ERROR),
        (Unusable(), Problem.FORMULA),
    ],
)
def test_a_number_in_doubt_is_refused(cell: Cell, problem: Problem) -> None:
    with pytest.raises(BadCellError) as refused:
        phone_numbers(cell, "CN")
    assert refused.value.problem is problem


def test_a_number_with_zeros_that_was_written_as_text_stands() -> None:
    assert [number.national for number in phone_numbers("13800000000", "CN")] == ["13800000000"]


@given(st.integers(10**9, 10**10 - 1))
def test_a_number_is_the_same_as_text_as_integer_and_as_float(rest: int) -> None:
    whole = 10**10 + rest
    try:
        expected = phone_numbers(str(whole), "CN")
        assert phone_numbers(whole, "CN") == phone_numbers(float(whole), "CN") == expected
    except BadCellError:
        for cell in (whole, float(whole)):
            with pytest.raises(BadCellError):
                phone_numbers(cell, "CN")


@given(st.text(max_size=40) | st.floats() | st.integers())
def test_no_cell_at_all_breaks_the_reading_of_numbers(cell: Cell) -> None:
    try:
        phone_numbers(cell, "CN")
    except BadCellError as error:
        assert error.problem  # noqa: PT017 (that it is this error is the point)


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-30",
        "2026/11/30",
        "2026.11.30",
        "2026-11-30 18:00",
        "2026-11-30T00:00:00",
        "2026年11月30日",
        "2026 年 11 月 30 号",
        "２０２６－１１－３０",
        "20261130",
        20261130,
        "46356",
        46356,
        46356.75,
        "30 Nov 2026",
        "November 30, 2026",
        "Nov 30 2026",
        "30-Nov-2026",
        date(2026, 11, 30),
        datetime(2026, 11, 30, 9, 30),  # noqa: DTZ001 (a day in a spreadsheet has no zone)
    ],
)
def test_a_day_is_read_as_people_write_it(cell: Cell) -> None:
    assert due_day(cell, TODAY) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("11/12/2026", Problem.DATE_AMBIGUOUS),
        ("2026-02-30", Problem.DATE_WRONG),
        ("2026-13-01", Problem.DATE_WRONG),
        ("11月30日", Problem.DATE_WRONG),
        ("soon", Problem.DATE_WRONG),
        (7, Problem.DATE_WRONG),
        (True, Problem.DATE_WRONG),
        (time(9, 30), Problem.DATE_WRONG),
        ("2206-11-30", Problem.DATE_FAR),
        ("1926-11-30", Problem.DATE_FAR),
        (Unusable(), Problem.FORMULA),
    ],
)
def test_a_day_in_doubt_is_refused(cell: Cell, problem: Problem) -> None:
    with pytest.raises(BadCellError) as refused:
        due_day(cell, TODAY)
    assert refused.value.problem is problem


@given(st.dates(date(2026, 1, 1), date(2035, 1, 1)))
def test_every_day_is_the_same_in_every_form(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    forms: list[Cell] = [day.isoformat(), f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日", serial, day]
    assert {due_day(form, TODAY) for form in forms} == {day}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Auckland", "America/Santiago"])
@given(day=st.dates(date(2020, 1, 1), date(2035, 1, 1)))
def test_a_due_day_lasts_to_its_own_last_second(zone: str, day: date) -> None:
    end = end_of_day(day, ZoneInfo(zone))
    assert end.tzinfo is UTC
    assert end.astimezone(ZoneInfo(zone)).date() == day
    after = datetime.fromtimestamp(end.timestamp() + 1, ZoneInfo(zone))
    assert after.date() > day


@pytest.mark.parametrize(
    ("cell", "value"), [("9", 9), (0, 0), (3.0, 3), ("５", 5), ("紧急", 9), ("高", 7), ("Low", 0), ("", None)]
)
def test_a_priority_is_a_digit_or_a_word(cell: Cell, value: int | None) -> None:
    assert priority(cell) == value


@pytest.mark.parametrize("cell", ["10", -1, "1.5", "very", True])
def test_another_priority_is_refused(cell: Cell) -> None:
    with pytest.raises(BadCellError):
        priority(cell)


def test_kinds_of_visit_zones_and_languages_are_known_by_several_names() -> None:
    assert visit_type("新签约回访") is visit_type("routine_new") is VisitType.ROUTINE_NEW
    assert visit_type("Routine Continuing") is VisitType.ROUTINE_CONTINUING
    assert visit_type(None) is None
    assert (time_zone("北京时间"), time_zone("Europe/Berlin"), time_zone("")) == ("Asia/Shanghai", "Europe/Berlin", "")
    assert (language("普通话"), language("English"), language("zh_HK"), language("")) == ("zh", "en", "zh-HK", "")
    for read, wrong in ((visit_type, "随便"), (time_zone, "Mars/Base"), (time_zone, "localtime"), (language, "火星文")):
        with pytest.raises(BadCellError):
            read(wrong)


def test_text_is_one_tidy_line() -> None:
    assert plain_text("\u3000王\n 伟\u200b ") == "王 伟"
    assert (text_of(12.0), text_of(1.5), text_of(True), text_of(date(2026, 1, 2))) == (
        "12",
        "1.5",
        "TRUE",
        "2026-01-02",
    )
    with pytest.raises(BadCellError) as long:
        plain_text("王" * 201)
    assert long.value.problem is Problem.TEXT_LONG
    with pytest.raises(BadCellError) as control:
        plain_text("王\x07伟")
    assert control.value.problem is Problem.TEXT_CONTROL
    with pytest.raises(BadCellError) as garbled:
        plain_text("王\ufffd")
    assert garbled.value.problem is Problem.TEXT_GARBLED


def test_a_rounded_customer_number_is_refused_for_it_would_make_one_of_two() -> None:
    assert key_text(10001.0) == key_text("10001") == "10001"
    assert key_text("6222021234567890123") == "6222021234567890123"
    for rounded in (6222021234567890123, 6.222021234567890e18, "6.22202E+18"):
        with pytest.raises(BadCellError):
            key_text(rounded)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("是", True), ("反感", True), ("YES", True), ("√", True), ("1", True), ("否", False), ("ｎｏ", False), ("", None)],
)
def test_yes_and_no_are_read_however_written(cell: str, expected: bool | None) -> None:
    assert yes_or_no(cell) is expected


def test_what_is_neither_yes_nor_no_is_told() -> None:
    with pytest.raises(BadCellError) as caught:
        yes_or_no("也许")
    assert caught.value.problem is Problem.FLAG_WRONG
