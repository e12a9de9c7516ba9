"""Every command tells what it does, and every mistake ends in a sentence and an exit code."""

import socket
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from callcenter.cli import COMMANDS, main
from cli.conftest import Shell


def all_commands(group: click.Group, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, name
        found.append((*above, name))
        if isinstance(command, click.Group):
            found += all_commands(command, (*above, name))
    return found


@pytest.mark.parametrize("words", all_commands(main), ids=" ".join)
def test_every_command_has_help_that_says_what_it_does(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*words, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Usage: ")
    sentence = result.output.split("\n\n")[1].strip()
    assert sentence
    assert not sentence.startswith("Options:")


def test_a_word_that_is_no_command_is_told(shell: Shell) -> None:
    assert "No such command 'dail'" in shell.run("dail").stderr
    assert shell.run("dail").exit_code == 2


def test_the_list_of_commands_names_each_once() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert all(f"  {name} " in result.output for name in COMMANDS)


# --- settings -----------------------------------------------------------------------------------------------------


def test_all_mistakes_in_the_settings_are_told_at_once(bare: Shell) -> None:
    config = bare.folder / "callcenter.toml"
    config.write_text('[ari]\nurl = "no address"\n[calls]\nmax_concurrent = 0\n[log]\nlevle = "info"\n', "utf-8")
    lines = bare.fails("callbacks", code=2)
    assert len(lines) == 4
    for key in ("ari.url", "ari.password", "calls.max_concurrent", "log.levle"):
        assert any(key in line for line in lines), key


@pytest.mark.parametrize(
    "words", [("serve",), ("status",), ("dial", "--agent", "1"), ("db", "upgrade"), ("logs", "list")]
)
def test_every_command_refuses_settings_that_are_not_there(tmp_path: Path, words: tuple[str, ...]) -> None:
    (line,) = [*Shell(tmp_path).fails(*words, code=2)][:1]
    assert "cannot be read" in line


# --- the database ---------------------------------------------------------------------------------------------------


def test_a_database_is_made_and_made_again_without_harm(bare: Shell) -> None:
    assert bare.said("db", "upgrade") == "the database is ready\n"
    bare.said("sample")
    assert bare.said("db", "upgrade") == "the database is ready\n"
    assert len(bare.told("callbacks", "--limit", "1000")) == 200
    assert (bare.folder / "callcenter.db").stat().st_mode & 0o077 == 0


def test_an_empty_database_names_the_command_to_run(bare: Shell) -> None:
    (line,) = bare.fails("callbacks")
    assert "callcenter db upgrade" in line


@pytest.mark.parametrize("words", [("db", "upgrade"), ("callbacks",), ("serve",)])
def test_a_database_from_the_future_is_left_alone(shell: Shell, words: tuple[str, ...]) -> None:
    file = shell.folder / "callcenter.db"
    with sqlite3.connect(file) as database:
        (table,) = [name for (name,) in database.execute("SELECT name FROM sqlite_master") if "version" in name][:1]
        database.execute(f"UPDATE {table} SET version_num = '9999'")  # the name is the database's own
    database.close()
    (line,) = shell.fails(*words)
    assert "9999" in line
    assert "newer" in line


@pytest.mark.parametrize("words", [("db", "upgrade"), ("callbacks",), ("agents", "list"), ("serve",)])
def test_a_file_that_is_no_database_is_told(bare: Shell, words: tuple[str, ...]) -> None:
    (bare.folder / "callcenter.db").write_bytes(b"no database at all " * 100)
    (line,) = bare.fails(*words)
    assert "database" in line


@pytest.mark.parametrize("words", [("db", "upgrade"), ("callbacks",), ("serve",)])
def test_a_database_that_cannot_be_made_is_told(bare: Shell, words: tuple[str, ...]) -> None:
    config = bare.folder / "callcenter.toml"
    config.write_text(config.read_text("utf-8").replace("/callcenter.db", "/nowhere/callcenter.db"), "utf-8")
    (line,) = bare.fails(*words)
    assert "nowhere" in line


# --- what stands in it ----------------------------------------------------------------------------------------------


def test_the_sample_is_loaded_once(shell: Shell) -> None:
    assert shell.said("sample").startswith("200 callbacks added")
    assert shell.said("sample").startswith("0 callbacks added")
    assert len(shell.told("agents", "list")) == 3
    first = shell.told("callbacks", "--limit", "1")[0]
    assert first["callback"] == "cb-0009"
    assert "****" in first["number"]
    assert "cb-0009" in shell.said("callbacks", "--limit", "1")


def test_a_sample_on_a_trunk_or_policy_that_is_not_there_is_refused(shell: Shell) -> None:
    assert "no trunk 'nowhere'" in shell.fails("sample", "--trunk", "nowhere")[0]
    assert "no policy 'nowhere'" in shell.fails("sample", "--policy", "nowhere")[0]
    assert shell.told("callbacks") == []


def test_made_up_numbers_are_never_loaded_for_a_real_trunk(shell: Shell) -> None:
    config = shell.folder / "callcenter.toml"
    config.write_text(config.read_text("utf-8").replace("simulated = true", "simulated = false"), "utf-8")
    assert "real telephones" in shell.fails("sample")[0]
    assert shell.told("callbacks") == []


def test_an_agent_is_added_once(shell: Shell) -> None:
    options = ("--staff-number", "7", "--name", "王芳", "--department", "客服部", "--endpoint", "PJSIP/agent-7")
    assert shell.said("agents", "add", *options) == "agent-7 added\n"
    assert "already" in shell.fails("agents", "add", *options)[0]
    assert [agent["name"] for agent in shell.told("agents", "list")] == ["王芳"]


def test_names_steer_neither_the_terminal_nor_the_table(shell: Shell) -> None:
    options = ("--staff-number", "7", "--department", "d", "--endpoint", "PJSIP/a")
    shell.said("agents", "add", *options, "--name", "[/red][bold")
    with sqlite3.connect(next(shell.folder.rglob("*.db"))) as books:
        books.execute("UPDATE agents SET name = ?", ("[/red]\x1b[2J[bold",))
    books.close()
    printed = shell.said("agents", "list")
    assert "[/red]" in printed
    assert "[bold" in printed
    assert "\x1b[2J" not in printed


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "\x1b[2J", "a\nb"])
def test_a_name_that_is_none_is_refused(shell: Shell, name: str) -> None:
    options = ("--staff-number", "7", "--department", "d", "--endpoint", "PJSIP/a")
    result = shell.run("agents", "add", *options, "--name", name)
    assert (result.exit_code, "--name" in result.stderr) == (2, True)
    assert shell.told("agents", "list") == []


def test_a_number_that_can_never_be_called_is_refused_at_once(shell: Shell) -> None:
    shell.said("sample")
    for number in ("110", "+12025550123", "1380013800"):
        (told,) = shell.fails("callbacks", "add", "--plan", "sample", "--name", "王芳", "--number", number)
        assert told.startswith("--number: ")


def test_what_is_not_there_is_told(shell: Shell) -> None:
    assert shell.fails("attempts", "nowhere") == ["There is no attempt nowhere."]
    assert shell.fails("logs", "show", "nowhere") == ["There is no visit log of attempt nowhere."]
    assert len(shell.fails("explain", "nowhere")) == 1
    assert shell.told("attempts") == []
    assert shell.told("logs", "list") == []
    assert shell.said("callbacks").startswith("No callback like that.")


def test_a_callback_is_explained_without_a_service(shell: Shell) -> None:
    shell.said("sample")
    told = shell.told("explain", "cb-0009")
    assert not told["callable_now"]
    assert told["refusal"]["rule"] == "switch.down"
    assert {verdict["rule"] for verdict in told["verdicts"] if not verdict["ok"]} == {"switch.down"}
    assert [(caller["agent"], caller["may_call"]) for caller in told["callers"]] == [
        ("1001", True),
        ("1002", True),
        ("1003", True),
    ]
    said = shell.said("explain", "cb-0009")
    assert "switch.down" in said
    assert "could call" in said
    assert "could call" not in shell.said("explain", "cb-0009", "--agent", "1001")


def test_an_archive_without_recordings_is_whole(shell: Shell) -> None:
    assert shell.told("recordings", "verify") == {"checked": 0, "unfinished": [], "findings": []}
    assert "Nothing is missing" in shell.said("recordings", "verify")


# --- policies -------------------------------------------------------------------------------------------------------

RIGHT = """\
name = "mine"
version = 1
effective_from = 2026-01-01
windows = "window.tongjiang"
[title]
zh = "我"
en = "Mine"
"""


def check(shell: Shell, text: str | bytes) -> list[str]:
    file = shell.folder / "policy.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return shell.fails("policies", "check", file)


def with_windows(*intervals: str) -> str:
    listed = ", ".join(f'"{interval}"' for interval in intervals)
    group = f'[windows]\ndays = "every_day"\nintervals = [{listed}]\n'
    return RIGHT.replace('windows = "window.tongjiang"\n', "") + group


def test_a_right_policy_is_checked_and_added_once(shell: Shell) -> None:
    file = shell.folder / "policy.toml"
    file.write_text(RIGHT, "utf-8")
    assert "right" in shell.said("policies", "check", file)
    assert "added" in shell.said("policies", "add", file)
    assert "stands already" in shell.fails("policies", "add", file)[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (with_windows("9:00-11:00"), "9:00"),
        (with_windows("10:00-11:00", "10:30-12:00"), "overlap"),
        (with_windows("10:00-10:00"), "empty"),
        (with_windows("10:00-25:00"), "25:00"),
        (RIGHT.replace("window.tongjiang", "window.nowhere"), "window.nowhere"),
        (RIGHT.replace("version = 1", 'version = "one"'), "version"),
        (RIGHT + "no_such_key = 1\n", "no_such_key"),
        (RIGHT + "[retention]\nyears = 2\n", "years"),
        (RIGHT.replace("[title]", "[title"), "TOML"),
        (b"\xff\xfe", "UTF-8"),
        ("", "name"),
    ],
)
def test_a_wrong_policy_is_told_and_not_added(shell: Shell, text: str | bytes, word: str) -> None:
    lines = check(shell, text)
    assert any(word in line for line in lines), lines
    assert shell.fails("policies", "add", shell.folder / "policy.toml") == lines


def test_all_mistakes_of_a_policy_are_told_at_once(shell: Shell) -> None:
    lines = check(shell, RIGHT.replace("version = 1", "version = 0") + "[attempts]\ndials_min = 0\n")
    assert len(lines) >= 2


def test_a_newer_preset_is_shown_and_kept_only_if_that_is_asked_for(shell: Shell) -> None:
    assert "say what their presets say" in shell.said("policies", "renew")
    assert "nothing to save" in shell.fails("policies", "renew", "tongjiang", "--save")[0]
    assert "no policy 'other'" in shell.fails("policies", "renew", "other")[0]
    database = sqlite3.connect(shell.folder / "callcenter.db")
    with database:
        before = "SELECT body FROM policies WHERE name = 'tongjiang'"
        body = database.execute(before).fetchone()[0].replace('"dials_min":3', '"dials_min":2')
        database.execute("UPDATE policies SET body = ? WHERE name = 'tongjiang'", [body])
    database.close()
    said = shell.said("policies", "renew")
    assert "tongjiang version 1 → 2" in said
    assert "2 → 3" in said
    assert [each["version"] for each in shell.told("policies", "renew", "tongjiang")] == [1]
    assert "Name the policy" in shell.fails("policies", "renew", "--save", code=2)[0]
    assert "tongjiang version 2 added" in shell.said("policies", "renew", "tongjiang", "--save", "--from", "2199-01-01")
    assert "say what their presets say" in shell.said("policies", "renew")
    (deed, *_) = shell.told("audit", "list")
    assert deed["deed"]["action"] == "policy_added"


# --- the service ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("status",), ("dial", "--agent", "1001"), ("hang-up", "x")])
def test_a_service_that_does_not_run_is_told_with_the_way_to_start_it(shell: Shell, words: tuple[str, ...]) -> None:
    (line,) = shell.fails(*words)
    assert "callcenter serve" in line


def test_an_override_without_a_reason_is_refused(shell: Shell) -> None:
    assert "RULE=REASON" in shell.run("dial", "--agent", "1", "--override", "window.closed=").stderr


def test_a_wrong_ari_password_ends_the_service_with_one_sentence(shell: Shell) -> None:
    """Whoever listens there says 401 to everything."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        config = shell.folder / "callcenter.toml"
        text = config.read_text("utf-8")
        address = f"http://127.0.0.1:{door.getsockname()[1]}/ari"
        config.write_text(text.replace("[ari]\n", f'[ari]\nurl = "{address}"\n'), "utf-8")
        threading.Thread(target=_say_no, args=(door,), daemon=True).start()
        lines = shell.fails("serve")
    assert "401" in " ".join(line for line in lines if not line.startswith("{"))


def _say_no(door: socket.socket) -> None:
    answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    with suppress(OSError):
        while True:
            client, _ = door.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)
