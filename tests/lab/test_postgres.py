"""The server of the tests: on loopback, behind a password, gone with the one who started it."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.files import PROJECT
from lab.postgres import Postgres, PostgresFiles


def test_each_fresh_database_is_empty_or_a_copy(postgres: Postgres) -> None:
    one, other = postgres.fresh(), postgres.fresh()
    postgres.sql("CREATE TABLE t (x int)", one)
    copy = postgres.fresh(one)
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert [postgres.sql(tables, name) for name in (one, other, copy)] == ["1", "0", "1"]
    for name in (one, other, copy):
        postgres.drop(name)


def test_nobody_comes_in_without_the_password(postgres: Postgres) -> None:
    secret, postgres.password = postgres.password, "wrong"
    try:
        with pytest.raises(LabError, match="password authentication failed"):
            postgres.sql("SELECT 1")
    finally:
        postgres.password = secret


def test_it_does_not_run_as_root_and_listens_on_loopback_only(postgres: Postgres) -> None:
    assert Path(postgres.sql("SHOW data_directory")).stat().st_uid != 0
    assert postgres.sql("SHOW listen_addresses") == "127.0.0.1"


def test_what_was_written_outlives_a_restart_and_not_the_end(postgres_files: PostgresFiles) -> None:
    with Postgres(postgres_files) as server:
        server.sql("CREATE TABLE t (x int)")
        server.stop()
        assert not server.running
        server.start()
        assert server.sql("SELECT count(*) FROM t") == "0"
        folder = server.folder
    assert not server.running
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts it as somebody else")
def test_programs_that_nobody_else_may_reach_are_copied(
    postgres_files: PostgresFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = postgres_files.programs.parent
    tree = tmp_path / "tree"
    (tree / "usr/lib/postgresql").mkdir(parents=True)
    (tree / "usr/lib/postgresql" / version.name).symlink_to(version)
    monkeypatch.setattr(Postgres, "start", lambda _: None)
    tmp_path.chmod(0o700)
    with Postgres(PostgresFiles(tree / "usr/lib/postgresql" / version.name / "bin", tree)) as server:
        assert server.files.programs.is_relative_to(server.folder)
        assert (server.folder / "data/PG_VERSION").exists()


def test_it_ends_with_the_one_who_started_it() -> None:
    program = (
        "import os, sys; from lab.postgres import Postgres, find_postgres\n"
        "server = Postgres(find_postgres()).__enter__()\n"
        "print(server._pid, server.folder, flush=True); sys.stdin.read()"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "scripts")},
    )
    assert started.stdin is not None
    assert started.stdout is not None
    pid, folder = started.stdout.readline().split()
    ended = os.pidfd_open(int(pid))
    started.kill()
    started.wait()
    readable, _, _ = select.select([ended], [], [], 20)
    assert readable
    os.close(ended)
    started.stdin.close()
    started.stdout.close()
    subprocess.run(["rm", "-rf", folder], check=True)
