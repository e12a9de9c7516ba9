"""An entry that is changed, taken out, put in or moved breaks the chain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.audit import Action, Deed, Entry, chained, first_break

NOW = datetime.now(UTC)
TEXT = st.text(max_size=20)
DEEDS = st.builds(
    Deed,
    at=st.timedeltas(timedelta(0), timedelta(days=1000)).map(lambda gap: NOW + gap),
    action=st.sampled_from(Action),
    who=TEXT,
    login=TEXT,
    on_kind=TEXT,
    on_id=TEXT,
    detail=st.dictionaries(TEXT, TEXT, max_size=3),
    address=TEXT,
)
CHAINS = st.lists(DEEDS, min_size=2, max_size=8)


def chain(deeds: list[Deed]) -> list[Entry]:
    entries: list[Entry] = []
    for deed in deeds:
        entries.append(chained(deed, entries[-1] if entries else None))
    return entries


@given(CHAINS)
def test_a_chain_that_nobody_touched_is_unbroken_also_in_parts(deeds: list[Deed]) -> None:
    entries = chain(deeds)
    assert first_break(entries) is None
    assert first_break(entries[1:], entries[0]) is None
    assert [entry.number for entry in entries] == [*range(1, len(deeds) + 1)]


@given(CHAINS, st.data())
def test_a_changed_deed_is_found_where_it_stands(deeds: list[Deed], data: st.DataObject) -> None:
    entries = chain(deeds)
    at = data.draw(st.integers(0, len(entries) - 1))
    other = data.draw(DEEDS.filter(lambda deed: deed != entries[at].deed))
    entries[at] = replace(entries[at], deed=other)
    assert first_break(entries) == at + 1


@given(CHAINS, st.data())
def test_an_entry_taken_out_is_found(deeds: list[Deed], data: st.DataObject) -> None:
    entries = chain(deeds)
    at = data.draw(st.integers(0, len(entries) - 2))
    del entries[at]
    assert first_break(entries) == at + 2


@given(CHAINS, DEEDS, st.data())
def test_an_entry_put_in_is_found_even_with_a_hash_of_its_own(
    deeds: list[Deed], deed: Deed, data: st.DataObject
) -> None:
    entries = chain(deeds)
    at = data.draw(st.integers(1, len(entries) - 1))
    entries.insert(at, chained(deed, entries[at - 1]))
    assert first_break(entries) == at + 1
