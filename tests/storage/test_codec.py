"""What is stored as JSON is read back as it was, field by field, or not at all."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.calls.call import Call, CallTerms, RecorderLife
from callcenter.domain.calls.words import CallEvent, Command, CommandFailed
from callcenter.domain.outcomes import OutcomeRule
from callcenter.domain.recording import Pause
from callcenter.domain.times.instant import NaiveInstantError
from callcenter.domain.visits.visitlog import VisitLog
from callcenter.storage import codec
from callcenter.storage.errors import SnapshotError
from storage import cases

INSTANTS = st.datetimes(timezones=st.just(UTC))


def every_field(kind: type[Any], **given_fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a dataclass in which each field varies, also those with a default."""
    hints = get_type_hints(kind)
    drawn = {field.name: given_fields.get(field.name, of_type(hints[field.name])) for field in fields(kind)}
    return st.builds(kind, **drawn)


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    if hint is datetime:
        return INSTANTS
    if hint == datetime | None:
        return st.none() | INSTANTS
    if hint == tuple[datetime, ...]:
        return st.lists(INSTANTS, max_size=3).map(tuple)
    if hint == tuple[Pause, ...]:
        return st.lists(every_field(Pause), max_size=2).map(tuple)
    return st.from_type(hint)


TERMS = every_field(CallTerms, outcome_rules=st.lists(every_field(OutcomeRule), max_size=3).map(tuple))
LIVES = st.dictionaries(st.text(max_size=4), every_field(RecorderLife), max_size=3)
CALLS = every_field(Call, terms=TERMS, recorders=LIVES)
COMMANDS = st.one_of(*(st.from_type(kind) for kind in Command.__args__))
EVENTS = st.one_of(
    *(every_field(kind, **({"command": COMMANDS} if kind is CommandFailed else {})) for kind in CallEvent.__args__)
)


@given(CALLS)
def test_a_call_is_read_back_as_it_was(call: Call) -> None:
    assert codec.load_call(codec.from_text(codec.to_text(codec.dump(call)))) == call


@given(every_field(VisitLog))
def test_a_visit_log_is_read_back_as_it_was(log: VisitLog) -> None:
    assert codec.load_log(codec.from_text(codec.to_text(codec.dump(log)))) == log


@given(EVENTS)
def test_every_event_can_be_journalled(event: CallEvent) -> None:
    values = codec.from_text(codec.to_text(codec.dump_event(event)))
    assert set(values) == {field.name for field in fields(event)} - {"at"}


@given(CALLS)
def test_every_field_of_a_call_is_in_its_snapshot(call: Call) -> None:
    snapshot = codec.dump(call)
    assert set(snapshot) == {field.name for field in fields(Call)}
    assert set(snapshot["terms"]) == {field.name for field in fields(CallTerms)}


def test_parts_keep_their_order() -> None:
    talking = cases.talking("x")
    read = codec.load_call(codec.from_text(codec.to_text(codec.dump(talking))))
    assert list(read.parts) == list(talking.parts) == ["c", "a1", "b"]


@pytest.mark.parametrize("path", [(), ("terms",), ("recorders", "ri1"), ("terms", "outcome_rules", 0)])
def test_a_field_from_the_future_is_an_error_that_names_it(path: tuple[str | int, ...]) -> None:
    snapshot = codec.dump(cases.talking("x"))
    where: Any = snapshot
    for key in path:
        where = where[key]
    where["hologram"] = "of +8613800000001"
    with pytest.raises(SnapshotError, match="hologram") as caught:
        codec.load_call(snapshot)
    assert "138" not in str(caught.value)


def test_a_value_of_the_wrong_kind_is_an_error_that_does_not_repeat_it() -> None:
    snapshot = codec.dump(cases.call("x")) | {"state": "+8613800000001"}
    with pytest.raises(SnapshotError, match="state") as caught:
        codec.load_call(snapshot)
    assert "138" not in str(caught.value)


def test_a_field_that_was_added_since_takes_its_default() -> None:
    snapshot = codec.dump(cases.call("x"))
    del snapshot["suspect"]
    assert codec.load_call(snapshot) == cases.call("x")


def test_an_instant_without_a_zone_is_not_stored() -> None:
    naive = replace(cases.call("x"), entered_at=datetime(2026, 1, 1))  # noqa: DTZ001 (the point of the test)
    with pytest.raises(NaiveInstantError):
        codec.dump(naive)
