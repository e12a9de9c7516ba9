"""The house keeps its shape: who imports whom, how large a module is, what the domain never asks, what lies where."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from callcenter.cli import main

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "callcenter"
README = ROOT / "README.md"

TOP = {
    ".ci",
    ".gitignore",
    "README.md",
    "dialplans",
    "pyproject.toml",
    "recordings",
    "scripts",
    "src",
    "tests",
}

LONGEST = 400
LONG_FOR_A_REASON = {
    "src/callcenter/ari/generated.py": "written by a program, from Asterisk's own description of its interface",
    "src/callcenter/domain/calls/words.py": "one vocabulary: every event and every command of a call",
    "tests/fakes/asterisk.py": "one server, scripted as a whole",
    "tests/lab/test_setup.py": "one set-up, told from its beginning to its end",
    "tests/domain/service_model.py": "one model, whose parts mean nothing alone",
}

FORBIDDEN_IN_DOMAIN = {
    "open",
    "print",
    "input",
    "now",
    "utcnow",
    "today",
    "time",
    "sleep",
    "getenv",
    "environ",
    "getLogger",
    "get_logger",
    "urlopen",
}
"""Names whose call would be a look at a clock, a file, a network or a log."""


def modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


def tracked() -> list[str]:
    """What git keeps, or would keep: tracked, and new without being ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not in a git checkout")
    return sorted(name for name in set(listed.stdout.split("\0")) if name and (ROOT / name).is_file())


# --- imports ----------------------------------------------------------------------------------------------------------


def test_every_import_contract_is_kept() -> None:
    checker = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run([checker, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_only_the_programs_two_joints_join_rooms() -> None:
    """app and doctor choose and join; no other module knows more than one adapter."""
    rooms = ("ari", "storage", "media", "sheets")
    for path in modules(SOURCE):
        place = path.relative_to(SOURCE)
        if place.parts[0] in {"app", "doctor"}:
            continue
        known = {room for room in rooms if room != place.parts[0] and f"callcenter.{room}." in path.read_text("utf-8")}
        assert not known, f"{place} knows {known}"


# --- size -------------------------------------------------------------------------------------------------------------


def test_no_module_grows_beyond_what_is_read_at_a_sitting() -> None:
    folders = (ROOT / "src", ROOT / "tests", ROOT / "scripts")
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines())
        for folder in folders
        for path in modules(folder)
    }
    too_long = {name: length for name, length in lengths.items() if length > LONGEST and name not in LONG_FOR_A_REASON}
    assert not too_long
    assert [name for name in LONG_FOR_A_REASON if lengths.get(name, 0) <= LONGEST] == [], "no longer long"


@pytest.mark.parametrize("path", modules(SOURCE), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_module_begins_with_what_it_is_for(path: Path) -> None:
    told = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert told, "no docstring"


# --- the domain -------------------------------------------------------------------------------------------------------


def called_names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(id=name) | ast.Attribute(attr=name):
                    yield name, node.lineno
                case _:
                    pass


@pytest.mark.parametrize("path", modules(SOURCE / "domain"), ids=lambda path: path.stem)
def test_the_domain_looks_at_no_clock_file_network_or_log(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    found = [f"{name} in line {line}" for name, line in called_names(tree) if name in FORBIDDEN_IN_DOMAIN]
    assert not found
    waits = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
    assert not waits


def test_that_test_would_notice_a_clock() -> None:
    names = {name for name, _ in called_names(ast.parse("moment = datetime.now(UTC)\ntext = open('x').read()"))}
    assert names & FORBIDDEN_IN_DOMAIN == {"now", "open"}


# --- the repository ---------------------------------------------------------------------------------------------------


def test_the_top_of_the_repository_stays_as_it_is() -> None:
    assert {name.split("/")[0] for name in tracked()} <= TOP


def commands(group: click.Group, above: str = "callcenter") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{above} {name}")
        else:
            yield f"{above} {name}"


@pytest.mark.parametrize("command", [*commands(main)])
def test_every_command_is_in_the_readme(command: str) -> None:
    """As `callcenter db upgrade`, or, beside others of its group, as `upgrade` in the line of `callcenter db`."""
    *group, last = command.split()
    lines = README.read_text("utf-8").splitlines()
    beside = re.compile(rf"\b{re.escape(' '.join(group))}\b.*[^\w-]{re.escape(last)}\b")
    assert any(re.search(rf"\b{re.escape(command)}\b", line) or beside.search(line) for line in lines)


MACHINE = [
    "/" + "work" + "/",
    "/" + "root" + "/",
    "/" + "tmp" + "/" + "ast",
    "/" + "home" + "/",
]
HOSTS = [
    "deb." + "debian" + ".org",
    "ftp." + "debian" + ".org",
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry." + "npm" + "js.org",
    "proxy.golang" + ".org",
]
HOSTS_WHERE_THEY_BELONG = ("scripts/lab/", "scripts/locks/", "tests/lab/")
"""The set-up names where a package of Debian's comes from; nothing else knows a host."""


def readable(name: str) -> str:
    try:
        return (ROOT / name).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    place = re.compile(r"(?<![\w/.}-])(" + "|".join(MACHINE) + ")")
    found = [f"{name}: {path}" for name in tracked() for path in place.findall(readable(name))]
    assert not found


def test_no_file_names_a_host_of_a_registry() -> None:
    found = [
        f"{name}: {host}"
        for name in tracked()
        if not name.startswith(HOSTS_WHERE_THEY_BELONG)
        for host in HOSTS
        if host in readable(name)
    ]
    assert not found


def test_nothing_is_left_to_be_done_in_the_code() -> None:
    words = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
    found = [name for name in tracked() if name.endswith((".py", ".toml", ".conf")) and words.search(readable(name))]
    assert not found
