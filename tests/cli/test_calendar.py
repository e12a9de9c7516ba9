"""The calendar at the command line."""

from cli.conftest import Shell


def test_a_day_is_closed_shown_and_opened_again(shell: Shell) -> None:
    assert shell.said("calendar", "list").strip() == "There is no closing day."
    shell.said("calendar", "close", "2026-11-24", "--name", "盘点")
    assert "already" in shell.fails("calendar", "close", "2026-11-24", "--name", "again")[0]
    assert "盘点" in shell.said("calendar", "list")
    shown = shell.said("calendar", "show", "2026")
    assert "own_closing_day" in shown
    assert "swapped_workday" in shown
    shell.said("calendar", "open", "2026-11-24")
    assert "no closing day" in shell.fails("calendar", "open", "2026-11-24")[0]
    assert "day_opened" in shell.said("audit", "list")


def test_an_unknown_year_and_a_wrong_day_are_told(shell: Shell) -> None:
    assert "not known yet" in shell.fails("calendar", "show", "2150")[0]
    assert "Christmas" in shell.said("calendar", "show", "2026", "--country", "GB")
    assert "no plan" in shell.fails("calendar", "show", "--plan", "nothing")[0]
    assert shell.run("calendar", "show", "--country", "XX").exit_code == 2
    assert shell.run("calendar", "close", "24.11.2026", "--name", "x").exit_code == 2
