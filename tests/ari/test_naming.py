"""A name made for the switch comes back as the attempt and the part it was made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.ari.naming import MAX_LENGTH, Naming, Place

NAMING = Naming("callcenter")
PARTS = ("c", "b", "n", "a1", "a12", "si1", "so2", "ri1", "ro10")


@given(
    attempt=st.from_regex(r"[A-Za-z0-9._-]{1,100}", fullmatch=True),
    part=st.sampled_from(PARTS),
)
def test_every_name_comes_back(attempt: str, part: str) -> None:
    assert NAMING.place(NAMING.name(attempt, part)) == Place(attempt, part)


def test_a_name_says_what_it_is() -> None:
    assert NAMING.name("0192-ab", "si1") == "callcenter-0192-ab-si1"


@pytest.mark.parametrize("attempt", ["", "a b", "a/b", "ü", "a;2", "7\n", "x" * MAX_LENGTH])
def test_an_id_that_asterisk_could_mistake_is_refused(attempt: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        NAMING.name(attempt, "c")


@pytest.mark.parametrize("part", ["", "x", "a0", "s1", "si0", "c1", "c;2"])
def test_a_part_that_does_not_exist_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        NAMING.name("7", part)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "callcenter",
        "callcenter-c",
        "callcenter--c",
        "other-7-c",
        "callcenter-7-c;2",
        "callcenter-7-x",
        "callcenter2-7-c",
    ],
)
def test_what_is_not_ours_is_not_taken_for_it(name: str) -> None:
    assert NAMING.place(name) is None


def test_an_application_with_an_odd_name_is_refused() -> None:
    with pytest.raises(ValueError, match="application"):
        Naming("call center")
