"""Opt-outs and blocklists at the command line."""

from pathlib import Path

from callcenter.domain.gate.exclusions import Signer
from cli.conftest import Shell


def callback(shell: Shell) -> str:
    """The first of the made-up callbacks, all numbers of which are the simulated network's."""
    shell.said("sample")
    return str(shell.told("callbacks")[0]["callback"])


def test_an_opt_out_is_entered_listed_and_lifted(shell: Shell) -> None:
    first = callback(shell)
    made = shell.told("optouts", "add", "opt_out", "--callback", first, "--channel", "phone", "--reason", "he said so")
    assert (made["kind"], made["channels"], made["callback"]) == ("opt_out", "phone", first)
    assert "no longer" not in shell.said("optouts", "list")
    assert "he said so" in shell.said("optouts", "list", "--customer", made["customer"])
    asked = shell.fails("optouts", "lift", made["id"], "--reason", "he called back", code=2)
    assert "1 callbacks left the queue for it alone; say --put-back or --leave-out" in " ".join(asked)
    said = shell.said("optouts", "lift", made["id"], "--reason", "he called back", "--put-back")
    assert "lifted" in said
    assert f"put back: {first}" in said
    assert "already" in shell.fails("optouts", "lift", made["id"], "--reason", "again", code=2)[0]
    assert shell.told("optouts", "list", "--standing") == []
    (kept,) = shell.told("optouts", "list")
    assert "he called back" in kept["lifted"]
    actions = [each["deed"]["action"] for each in shell.told("audit", "list")]
    assert actions[:2] == ["exclusion_lifted", "customer_excluded"]


def test_callbacks_of_a_lifted_opt_out_stay_out_where_that_is_said(shell: Shell) -> None:
    first = callback(shell)
    made = shell.told("optouts", "add", "opt_out", "--callback", first, "--channel", "phone", "--reason", "he said so")
    lifted = shell.told("optouts", "lift", made["id"], "--reason", "moot", "--leave-out")
    assert (lifted["put_back"], lifted["left_out"]) == ([], [first])


def test_a_waiver_needs_its_three_signatures(shell: Shell) -> None:
    words = ("optouts", "add", "waiver", "--callback", callback(shell), "--reason", "declared", "--document", "A 17")
    assert "three" in " ".join(shell.fails(*words, *_signed("王芳", "王芳", "李总"), code=2))
    assert "signed by" in shell.fails(*words, *_signed("王芳")[:2], code=2)[0]
    assert "ROLE=NAME" in " ".join(shell.fails(*words, "--signed", "nobody=x", code=2))
    made = shell.told(*words, *_signed("王芳", "周经理", "李总"))
    assert made["signed"].count(":") == 3


def _signed(*names: str) -> tuple[str, ...]:
    pairs = [f"{role}={name}" for role, name in zip(Signer, names, strict=False)]
    return tuple(word for pair in pairs for word in ("--signed", pair))


def test_nobody_cannot_be_excluded(shell: Shell) -> None:
    assert "Name the customer" in shell.fails("optouts", "add", "deceased", "--reason", "x", code=2)[0]
    assert "no customer" in shell.fails("optouts", "add", "deceased", "--customer", "nobody", "--reason", "x")[0]
    assert "no opt-out" in shell.fails("optouts", "lift", "nothing", "--reason", "x")[0]
    assert "Nobody" in shell.said("optouts", "list")


def test_a_file_replaces_a_list_and_a_broken_one_does_not(shell: Shell, tmp_path: Path) -> None:
    file, broken = tmp_path / "list.txt", tmp_path / "broken.txt"
    file.write_text("13800000001\n13800000002\n")
    broken.write_text("nothing\nof\nours\n")
    assert "There is no list" in shell.said("blocklists", "list")
    assert "2 numbers" in shell.said("blocklists", "import", "own", file)
    assert "no phone number" in shell.fails("blocklists", "import", "own", broken)[0]
    assert "own" in shell.said("blocklists", "show", "138 0000 0001")
    assert "on no list" in shell.said("blocklists", "show", "13800000003")
    assert "digits" in shell.fails("blocklists", "show", "nobody", code=2)[0]
    assert "letters" in shell.fails("blocklists", "import", "a b", file, code=2)[0]
    told = shell.told("blocklists", "list")
    assert [each["numbers"] for each in told["lists"]] == [2]
    assert [each["state"] for each in told["loads"]] == ["refused", "done"]
    assert "stays as it was" in shell.said("blocklists", "list")


def test_a_list_is_emptied_knowingly(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("13800000001\n13800000002\n")
    shell.said("blocklists", "import", "own", file)
    words = ("blocklists", "empty", "own", "--reason", "of last year")
    assert "say --numbers 2" in " ".join(shell.fails(*words, code=2))
    assert "not hold so many" in shell.fails(*words, "--numbers", "3")[0]
    assert "own" in shell.said("blocklists", "show", "13800000001")
    assert "2 numbers before" in shell.said(*words, "--numbers", "2")
    assert "on no list" in shell.said("blocklists", "show", "13800000001")
    assert "empty already" in shell.fails(*words, "--numbers", "0")[0]
    assert "no list other" in shell.fails("blocklists", "empty", "other", "--reason", "x")[0]
    assert "2 numbers" in shell.said("blocklists", "import", "own", file)
