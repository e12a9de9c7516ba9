"""Plans from the command line: at once for a small office, step by step where two people look."""

import pytest

from cli.conftest import Shell

TERMS = ("--name", "Spring", "--purpose", "Satisfaction", "--policy", "always_open", "--trunk", "network")
ELEMENTS = (
    *("--content", "1. Satisfied?\n2. What else?", "--from", "2020-01-01", "--until", "2199-12-31"),
    *("--whom", "signed in October", "--list", "october.xlsx", "--department", "Service", "--channel", "phone"),
    *("--channel", "sms"),
)


def account(shell: Shell, login: str, *roles: str) -> None:
    shell.said("accounts", "add", login, "--name", login, *(word for role in roles for word in ("--role", role)))


def state(shell: Shell, plan: str = "spring") -> str:
    return str(next(each["state"] for each in shell.told("plans", "list") if each["id"] == plan))


@pytest.mark.parametrize("words", [(), ("--start",)])
def test_a_plan_runs_at_once_for_who_keeps_the_machine(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell.said("plans", "add", "spring", *TERMS, *words)
    assert "plan spring added; it runs" in said
    assert "it does not tell its content (--content), time" in said
    assert state(shell) == "running"
    history = shell.told("plans", "show", "spring")["history"]
    assert [step["deed"] for step in history] == ["add", "submit", "approve", "start"]
    assert history[2]["detail"]["lacking"] == "content, time, object, executor"
    assert [entry["deed"]["action"] for entry in shell.told("audit", "list")] == ["plan_changed"] * 3 + ["plan_added"]


def test_a_draft_is_submitted_by_one_and_approved_by_another(shell: Shell) -> None:
    account(shell, "li", "supervisor", "compliance")
    account(shell, "wang", "compliance")
    shell.said("plans", "add", "spring", *TERMS, "--draft", "--by", "li")
    told = shell.fails("plans", "submit", "spring", "--by", "li", code=3)
    assert told[0] == "The plan does not tell its content (--content)."
    shell.said("plans", "change", "spring", *ELEMENTS, "--by", "li")
    shell.said("plans", "submit", "spring", "--by", "li")
    (own,) = shell.fails("plans", "approve", "spring", "--by", "li", "--reason", "in a hurry", code=3)
    assert own == "Whoever submitted a plan does not approve it as long as somebody else may."
    shell.fails("plans", "return", "spring", "--by", "wang", code=3)
    shell.said("plans", "approve", "spring", "--by", "wang")
    shell.fails("plans", "start", "spring", "--by", "wang", code=3)
    assert shell.said("plans", "start", "spring", "--by", "li") == "plan spring: it runs\n"
    (locked,) = shell.fails("plans", "change", "spring", "--whom", "others", code=3)
    assert locked.startswith("Only a draft is changed")
    shell.said("plans", "pause", "spring")
    shell.fails("plans", "revise", "spring", "--by", "li", code=3)
    shell.said("plans", "revise", "spring", "--by", "li", "--reason", "another question")
    shown = shell.told("plans", "show", "spring")
    assert (shown["state"], shown["other_channels"], shown["lacking"]) == ("draft", ["sms"], [])
    assert "another question" in shell.said("plans", "show", "spring")


def test_who_alone_may_approve_does_it_with_a_reason(shell: Shell) -> None:
    account(shell, "li", "supervisor", "compliance")
    shell.said("plans", "add", "spring", *TERMS, *ELEMENTS, "--draft", "--by", "li")
    shell.said("plans", "submit", "spring", "--by", "li")
    shell.fails("plans", "approve", "spring", "--by", "li", code=3)
    shell.said("plans", "approve", "spring", "--by", "li", "--reason", "one-person office")
    assert state(shell) == "approved"


def test_a_finished_plan_takes_no_callback_and_is_opened_again(shell: Shell) -> None:
    shell.said("plans", "add", "spring", *TERMS)
    shell.said("plans", "finish", "spring", "--reason", "done")
    new = ("callbacks", "add", "--plan", "spring", "--name", "Li", "--number", "13800000001")
    assert shell.fails(*new) == ["The plan spring is finished and takes no more callbacks."]
    shell.said("plans", "reopen", "spring")
    shell.said("plans", "resume", "spring")
    shell.said(*new)


def test_a_forecast_tells_what_it_stands_on(shell: Shell) -> None:
    shell.said("plans", "add", "spring", *TERMS)
    shell.said("callbacks", "add", "--plan", "spring", "--name", "Li", "--number", "13800000001")
    told = shell.told("plans", "forecast", "spring", "--agents", "1")
    assert (told["code"], told["remaining"], told["left_after_last_day"]) == ("met", 1, 0)
    assert told["answer_rate"] == "0.50 (assumed)"
    assert "no, there is no agent" in shell.said("plans", "forecast", "spring")


def test_wrong_words_are_told_all_at_once(shell: Shell) -> None:
    assert shell.fails("plans", "add", "spring", "--name", "Spring", code=2) == [
        "Missing: --purpose, --policy, --trunk."
    ]
    words = ("--policy", "none", "--trunk", "none", "--zone", "none", "--agent", "9999")
    days = ("--from", "2026-02-01", "--until", "2026-01-01")
    told = shell.fails("plans", "add", "spring", "--name", "S", "--purpose", "S", *words, *days)
    assert len(told) == 5
    shell.fails("plans", "submit", "spring", code=2)
    assert shell.fails("plans", "pause", "spring") == ["There is no plan spring."]
    assert shell.fails("plans", "pause", "spring", "--by", "nobody") == ["There is no account 'nobody'."]
    shell.said("plans", "add", "spring", *TERMS)
    assert shell.fails("plans", "add", "spring", *TERMS) == ["There is a plan spring already."]
    (again,) = shell.fails("plans", "start", "spring", code=3)
    assert again.startswith("This does not follow the state")
