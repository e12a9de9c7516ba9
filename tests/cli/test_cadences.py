"""`callcenter cadences` tells what comes again, and changes nothing."""

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from cli.conftest import Shell

PACED = """
name = "paced"
version = 1
effective_from = 2020-01-01
windows = "window.always"
cadence = "cadence.generic"
title = {zh = "周期", en = "Paced"}
"""


@pytest.fixture
def paced(shell: Shell) -> Shell:
    """A plan whose key customers are called weekly; one of them was due, and done, two days ago."""
    policy = shell.folder / "paced.toml"
    policy.write_text(PACED, "utf-8")
    shell.said("policies", "add", policy)
    shell.said("plans", "add", "paced", "--name", "P", "--purpose", "P", "--policy", "paced", "--trunk", "network")
    shell.said("callbacks", "add", "--plan", "paced", "--name", "王芳", "--number", "13800000001")
    ago = datetime.now(UTC) - timedelta(days=2)
    with sqlite3.connect(shell.folder / "callcenter.db") as books:
        books.execute("UPDATE customers SET customer_class = 'key'")
        books.execute(
            "UPDATE callbacks SET state = 'done', due_at = ?, created_at = ?", [f"{ago:%Y-%m-%d %H:%M:%S.%f}"] * 2
        )
    books.close()
    return shell


def test_what_comes_again_is_told_with_its_days_and_its_rule(paced: Shell) -> None:
    (row,) = paced.told("cadences")
    assert (row["plan"], row["customer"], row["class"], row["source"]) == ("paced", "王芳", "key", "GB-10")
    visited, opens, due = (datetime.fromisoformat(row[name]) for name in ("visited_at", "opens_at", "due_at"))
    assert timedelta(days=6) < opens - visited <= timedelta(days=7) < due - visited < timedelta(days=8)
    assert paced.told("cadences") == [row]
    assert [each["state"] for each in paced.told("callbacks")] == ["done"]
    assert "王芳" in paced.said("cadences", "--plan", "paced")


def test_beyond_the_last_day_nothing_is_told(paced: Shell) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert paced.told("cadences", "--until", today) == []
    assert "Nothing comes again until" in paced.said("cadences", "--until", today)


def test_a_plan_that_is_not_there_is_told(paced: Shell) -> None:
    assert paced.fails("cadences", "--plan", "nothing") == ["There is no plan nothing."]
