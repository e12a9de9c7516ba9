import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.times.own_hours import kept_own_hours, parse_own_hours, written_own_hours
from callcenter.domain.times.windows import DayRule, Interval, Weekday, WindowError, WindowRule, Windows


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("10:00-11:30", "every_day 10:00-11:30"),
        ("9:00-10:00, 19:00-20:00", "every_day 09:00-10:00, 19:00-20:00"),
        ("workdays 18:00-20:00; sat,sun 10:00-12:00", "workdays 18:00-20:00; sat,sun 10:00-12:00"),
        ("工作日18:00—20:00；周六 10:00至12:00", "workdays 18:00-20:00; sat 10:00-12:00"),
        ("周一至周三 9:30~11:00", "mon,tue,wed 09:30-11:00"),
        ("Fri-Mon 10:00-11:00", "mon,fri,sat,sun 10:00-11:00"),
        ("周末、星期三 10:00－11:00", "wed,sat,sun 10:00-11:00"),
        ("每天 22:00-02:00", "every_day 22:00-02:00"),
        ("10:00 - 24:00", "every_day 10:00-24:00"),
    ],
)
def test_hours_are_understood_as_people_write_them(text: str, kept: str) -> None:
    hours = parse_own_hours(text)
    assert written_own_hours(hours) == kept
    assert parse_own_hours(kept) == hours


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("in the evening", "no hours are found"),
        ("sometimes 10:00-11:00", "the days 'sometimes'"),
        ("mon-someday 10:00-11:00", "the days 'mon-someday'"),
        ("10:00-10:00", "empty"),
        ("25:00-26:00", "must be written HH:MM"),
        ("10:00-12:00, 11:00-13:00", "overlap"),
        ("sat 10:00-11:00; 周末 10:30-12:00", "overlap"),
        ("110:00-11:00", "no hours are found"),
    ],
)
def test_hours_that_are_not_understood_are_refused_in_a_sentence(text: str, complaint: str) -> None:
    with pytest.raises(WindowError, match=complaint):
        parse_own_hours(text)
    assert kept_own_hours(text) is None


DAYS = st.one_of(
    st.sampled_from(list(DayRule)),
    st.frozensets(st.sampled_from(list(Weekday)), min_size=1),
)


@given(DAYS, st.integers(0, 1439), st.integers(1, 1440))
def test_what_is_kept_is_read_back_as_it_was(days: DayRule | frozenset[Weekday], start: int, end: int) -> None:
    if start == end:
        return
    hours = Windows((WindowRule(days, (Interval(start, end),)),))
    assert kept_own_hours(written_own_hours(hours)) == hours
