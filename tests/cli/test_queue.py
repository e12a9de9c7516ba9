"""`callcenter queue replan`: what it did, and what it says where there is nothing to do."""

from cli.conftest import Shell


def test_a_queue_without_anybody_put_off_is_told_so(shell: Shell) -> None:
    assert shell.said("queue", "replan") == "No callback was put off under another version of its policy.\n"
    assert shell.told("queue", "replan", "--all") == {"looked_at": 0, "moved": 0}
