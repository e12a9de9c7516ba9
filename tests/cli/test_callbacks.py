"""`callcenter callbacks add` by what happened, and `callbacks new-number` for one that is used up."""

import sqlite3

import pytest

from cli.conftest import Shell
from cli.test_cadences import PACED

ADD = ("callbacks", "add", "--plan", "signed", "--name", "王芳", "--number", "13800000001")


@pytest.fixture
def signed(shell: Shell) -> Shell:
    """A plan under the policy of the house, and a supervisor."""
    elements = ("--name", "P", "--purpose", "P", "--policy", "tongjiang", "--trunk", "network")
    shell.said("plans", "add", "signed", *elements)
    shell.said("accounts", "add", "boss", "--name", "Boss", "--role", "supervisor")
    shell.said("accounts", "add", "agent", "--name", "A", "--role", "compliance")
    return shell


def used_up(shell: Shell) -> str:
    shell.said(*ADD)
    with sqlite3.connect(shell.folder / "callcenter.db") as books:
        books.execute("UPDATE callbacks SET state = 'exhausted', exhausted_reason = 'dials_used_up'")
    books.close()
    return str(shell.told("callbacks")[0]["callback"])


def test_what_happened_and_when_says_when_it_is_due(signed: Shell) -> None:
    signed.said(*ADD, "--trigger", "签约", "--triggered", "2026-03-02")
    (row,) = signed.told("callbacks")
    # Five working days after Monday: the end of the next Monday in Shanghai.
    assert row["due_at"] == "2026-03-09T15:59:59+00:00"


def test_a_day_without_what_happened_and_what_the_policy_does_not_know_are_refused(signed: Shell) -> None:
    assert "--trigger" in signed.fails(*ADD, "--triggered", "2026-03-02", code=2)[0]
    told = " ".join(signed.fails(*ADD, "--trigger", "wedding", "--triggered", "2026-03-02"))
    assert told.startswith("--trigger: ")
    assert "signing" in told
    assert signed.told("callbacks") == []


def test_the_class_is_the_policys_word_for_it(signed: Shell) -> None:
    policy = signed.folder / "paced.toml"
    policy.write_text(PACED, "utf-8")
    signed.said("policies", "add", policy)
    signed.said("plans", "add", "paced", "--name", "P", "--purpose", "P", "--policy", "paced", "--trunk", "network")
    words = ("callbacks", "add", "--plan", "paced", "--name", "王芳", "--number", "13800000001")
    signed.said(*words, "--class", "重点客户")
    with sqlite3.connect(signed.folder / "callcenter.db") as books:
        assert books.execute("SELECT customer_class FROM customers").fetchall() == [("key",)]
    books.close()


def test_a_number_that_was_found_begins_the_next_round_and_is_audited_under_a_name(signed: Shell) -> None:
    callback = used_up(signed)
    words = ("callbacks", "new-number", callback, "139 0000 0077", "--by", "boss", "--found", "业务部门")
    assert signed.said(*words) == f"{callback}: 139****0077 entered, round 2 begins\n"
    (row,) = signed.told("callbacks")
    assert (row["state"], row["round"], row["number"]) == ("waiting", 2, "139****0077")
    deed = signed.told("audit", "list")[0]["deed"]
    assert (deed["action"], deed["login"], deed["on_id"]) == ("number_found", "boss", callback)
    assert "not used up" in signed.fails(*words)[0]


def test_who_may_not_decide_and_numbers_that_do_not_fit_change_nothing(signed: Shell) -> None:
    callback = used_up(signed)
    words = ("callbacks", "new-number", callback)
    assert "no right" in signed.fails(*words, "13900000077", "--by", "agent")[0]
    assert "no account" in signed.fails(*words, "13900000077", "--by", "nobody")[0]
    assert signed.fails(*words, "12", "--by", "boss")[0].startswith("NUMBER: ")
    assert signed.fails(*words, "+12025550123", "--by", "boss")[0].startswith("NUMBER: ")
    assert "already" in signed.fails(*words, "13800000001", "--by", "boss")[0]
    assert signed.fails("callbacks", "new-number", "nowhere", "13900000077", "--by", "boss") == [
        "There is no callback nowhere."
    ]
    (row,) = signed.told("callbacks")
    assert (row["state"], row["round"]) == ("exhausted", 1)
