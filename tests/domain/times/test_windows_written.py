"""How windows are written, what is said of those that are written wrongly, and which may not stand side by side."""

import re

import pytest

from callcenter.domain.times.windows import DayRule, Interval, Weekday, WindowError, WindowRule, Windows, parse_interval


def windows(*intervals: str) -> Windows:
    return Windows((WindowRule(DayRule.EVERY_DAY, tuple(parse_interval(text) for text in intervals)),))


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("10:00-11:00", Interval(600, 660)),
        ("00:00-24:00", Interval(0, 1440)),
        ("18:30-08:00", Interval(1110, 480)),
        ("18:30-00:00", Interval(1110, 0)),
    ],
)
def test_a_window_is_read_and_written(text: str, interval: Interval) -> None:
    assert parse_interval(text) == interval
    assert str(interval) == text


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("9:00-10:00", "9:00"),
        ("09:00-9:30", "9:30"),
        ("24:00-08:00", "24:00"),
        ("10:00-25:00", "25:00"),
        ("10:60-11:00", "10:60"),
        ("10:00 - 11:00", "10:00 "),
        ("１０:00-11:00", "１０:00"),
        ("10:00-11:00-12:00", "11:00-12:00"),
    ],
)
def test_a_badly_written_time_of_a_window_is_refused_by_name(text: str, wrong: str) -> None:
    sentence = f"the time {wrong!r} in the window {text!r} must be written HH:MM, for example 09:00"
    with pytest.raises(WindowError, match=f"^{re.escape(sentence)}$"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("09:00", "a window is written like 10:00-11:00, not '09:00'"),
        ("", "a window is written like 10:00-11:00, not ''"),
        ("10:00-10:00", "the window '10:00-10:00' is empty; the whole day is 00:00-24:00"),
    ],
)
def test_what_is_no_window_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(WindowError, match=f"^{re.escape(sentence)}$"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("10:00-11:00", "10:30-12:00"),
        ("10:00-12:00", "10:30-11:00"),
        ("18:30-08:00", "07:00-09:00"),
        ("18:30-08:00", "23:00-24:00"),
        ("18:30-08:00", "20:00-02:00"),
        ("00:00-24:00", "23:00-01:00"),
        ("10:00-11:00", "10:00-11:00"),
    ],
)
def test_overlapping_windows_are_refused_in_either_order(first: str, second: str) -> None:
    for pair in ((first, second), (second, first)):
        with pytest.raises(WindowError, match="overlap"):
            windows(*pair)


def test_windows_that_touch_do_not_overlap() -> None:
    windows("10:00-11:00", "11:00-12:00", "12:00-10:00")


def test_windows_of_different_weekdays_do_not_overlap() -> None:
    monday, tuesday = frozenset({Weekday.MON}), frozenset({Weekday.TUE})
    night, morning = parse_interval("18:30-08:00"), parse_interval("07:00-09:00")
    Windows((WindowRule(monday, (morning,)), WindowRule(tuesday, (morning, night))))
    with pytest.raises(WindowError, match="18:30-08:00 and 07:00-09:00 overlap"):
        Windows((WindowRule(monday, (night,)), WindowRule(tuesday, (morning,))))
    with pytest.raises(WindowError, match="overlap"):
        Windows((WindowRule(monday, (morning,)), WindowRule(DayRule.WORKDAYS, (morning,))))
    with pytest.raises(WindowError, match="overlap"):
        Windows((WindowRule(frozenset({Weekday.SUN}), (night,)), WindowRule(monday, (morning,))))
