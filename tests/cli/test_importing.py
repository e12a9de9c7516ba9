"""`callcenter callbacks import`: what it shows, what it writes, and how it ends."""

import csv
from pathlib import Path

import pytest

from cli.conftest import Shell
from sheets.files import text_file, workbook_file

HEADINGS = "序号,姓名,手机,目的,截止日期\n"
GOOD = HEADINGS + "1,王伟,13800000001,核对,\n2,李芳,13800000002,核对,\n"


@pytest.fixture
def trial(shell: Shell) -> Shell:
    """With a plan to import into."""
    shell.said(
        "plans", "add", "trial", "--name", "Trial", "--purpose", "T", "--policy", "always_open", "--trunk", "network"
    )
    return shell


def load(trial: Shell, text: str, *words: str | Path, code: int = 0) -> str:
    result = trial.run("callbacks", "import", text_file(trial.folder / "list.csv", text), "--plan", "trial", *words)
    assert result.exit_code == code, result.output
    return result.output


def test_a_good_file_is_taken_in_and_what_was_not_read_is_named(trial: Shell) -> None:
    said = load(trial, GOOD)
    assert "columns that nobody understood: 序号" in said
    assert "2 rows: 2 new, 0 known already, 0 bad" in said
    assert {row["customer"] for row in trial.told("callbacks")} == {"王伟", "李芳"}
    assert "2 rows: 0 new, 2 known already, 0 bad" in load(trial, GOOD)


def test_bad_rows_have_an_exit_code_of_their_own_and_the_good_ones_are_in(trial: Shell) -> None:
    said = load(trial, GOOD + "3,赵磊,1.38E+10,核对,\n", code=5)
    assert "3 rows: 2 new, 0 known already, 1 bad" in said
    assert "手机" in said
    assert "last digits are lost" in said
    assert len(trial.told("callbacks")) == 2


def test_bad_rows_are_written_to_a_file_that_can_be_corrected_and_imported(trial: Shell) -> None:
    out = trial.folder / "bad.csv"
    text = GOOD + "3,=赵磊,1,核对,\n4,周娟,13800000004,核对,soon\n"
    load(trial, text, "--bad-rows", out, "--report-language", "zh", code=5)
    assert out.stat().st_mode & 0o077 == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    header, third, fourth = csv.reader(out.read_text("utf-8-sig").splitlines())
    assert header == ["序号", "姓名", "手机", "目的", "截止日期", "行号", "原因"]
    assert (third[1], third[5]) == ("'=赵磊", "4")
    assert "手机：“1”：" in third[6]
    assert "截止日期：" in fourth[6]
    mended = out.read_text("utf-8-sig").replace(",1,", ",13800000003,").replace("soon", "")
    assert "2 rows: 2 new" in load(trial, mended)


def test_the_file_itself_is_not_overwritten_by_its_bad_rows(trial: Shell) -> None:
    assert "names the file" in load(trial, GOOD, "--bad-rows", trial.folder / "list.csv", code=1)
    assert (trial.folder / "list.csv").read_text("utf-8") == GOOD


def test_a_preview_shows_columns_and_rows_and_writes_nothing(trial: Shell) -> None:
    said = load(trial, GOOD + "3,,1,核对,\n", "--preview")
    for words in ("手机", "number", "nobody understood", "138****0001", "nothing was written", "must not be"):
        assert words in said
    assert "13800000001" not in said
    assert trial.told("callbacks") == []
    told = trial.told("callbacks", "import", trial.folder / "list.csv", "--plan", "trial", "--preview")
    assert [row["taken"] for row in told["rows"]] == [True, True, False]


def test_json_tells_everything_of_the_run(trial: Shell) -> None:
    file = text_file(trial.folder / "list.csv", GOOD)
    told = trial.told("callbacks", "import", file, "--plan", "trial")
    assert told["counts"] == {"rows": 2, "new": 2, "known": 0, "bad": 0, "remarks": 0}
    assert (told["state"], told["unread"], told["columns"]["手机"]) == ("done", ["序号"], "number")
    assert told["by"].endswith("command line)")


def test_columns_are_mapped_by_hand(trial: Shell) -> None:
    text = "who,where\n王伟,13800000001\n"
    assert "say which column" in load(trial, text, code=1)
    assert "1 new" in load(trial, text, "--map", "who=name", "--map", "where=电话")
    assert "HEADING=FIELD" in load(trial, text, "--map", "who=colour", code=2)


def test_a_sheet_is_named(trial: Shell) -> None:
    rows: list[list[object]] = [["姓名", "电话"], ["王伟", 13800000001]]
    book = workbook_file(trial.folder / "list.xlsx", {"甲": rows, "乙": rows})
    (line,) = trial.fails("callbacks", "import", book, "--plan", "trial")
    assert "甲、乙" in line
    assert "1 rows: 1 new" in trial.said("callbacks", "import", book, "--plan", "trial", "--sheet", "乙")


def test_a_file_that_breaks_off_fails_with_the_line(trial: Shell) -> None:
    said = load(trial, GOOD + '3,"赵磊,13800000003,,\n', code=1)
    assert "2 rows: 2 new" in said
    assert "begins in line 4" in said


@pytest.mark.parametrize("words", [("nowhere.csv", "--plan", "trial"), ("list.csv", "--plan", "nothing")])
def test_what_is_not_there_is_told(trial: Shell, words: tuple[str, ...]) -> None:
    text_file(trial.folder / "list.csv", GOOD)
    name, *rest = words
    result = trial.run("callbacks", "import", trial.folder / name, *rest)
    assert result.exit_code in {1, 2}
    assert "There is no plan nothing" in result.stderr or "does not exist" in result.stderr
