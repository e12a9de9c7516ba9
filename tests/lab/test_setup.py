"""Does the set-up choose, resume and complain as told? Nothing is fetched here."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab import asterisk, debian, environment, setup
from lab.asterisk import AsteriskFiles, find_asterisk, own_asterisk, provide_asterisk, version_of
from lab.debian import PrivateApt, unpack
from lab.environment import provide_environment, stamp_of
from lab.errors import LabError
from lab.files import PROJECT, exclusive, megabytes_needed, writable_folder
from lab.progress import Progress

URIS = """\
'http://security.example/debian-security/dists/bookworm-security/InRelease' security_InRelease 0
'http://mirror.example/debian/dists/bookworm-updates/InRelease' updates_InRelease 0
'http://mirror.example/debian/dists/bookworm/InRelease' mirror_InRelease 0
"""
NO_NETWORK = (
    "E: Failed to fetch http://mirror.example/dists/forky/InRelease  Temporary failure resolving 'mirror.example'"
)
EXPIRED = "E: Release file for http://mirror.example/dists/forky/InRelease is expired (invalid since 3d)."
DISK_FULL = "E: You don't have enough free space in /x/cache/archives/."


@pytest.fixture
def progress() -> Progress:
    return Progress(StringIO())


@pytest.fixture
def no_own_asterisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asterisk, "own_asterisk", lambda: None)


class Apt:
    """Stands in for the machine's apt: answers by rule, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.asked: list[list[str]] = []
        self.configs: list[str] = []
        self.failures: list[str] = []
        self.policy = {"forky": "1:22.10.1+dfsg-1", "sid": "1:23.1.0-1"}
        self._folder = tmp_path
        monkeypatch.setattr(debian, "archive_uri", lambda: "http://mirror.example/debian")
        monkeypatch.setattr(debian, "machine_settings", lambda: ['Acquire::http::Proxy "http://proxy.example";'])
        monkeypatch.setattr(debian, "require_program", lambda _: None)
        monkeypatch.setattr("subprocess.run", self)

    def __call__(self, command: list[str], **options: object) -> SimpleNamespace:
        self.asked.append(list(command))
        if command[0] == "dpkg-deb":
            return self._unpack(Path(command[2]), Path(command[3]))
        env = options["env"]
        assert isinstance(env, dict)
        config = Path(env["APT_CONFIG"])
        self.configs.append(config.read_text())
        if command[1] == "update" and self.failures and (said := self.failures.pop(0)):
            return SimpleNamespace(returncode=100, stdout="", stderr=said)
        suite = config.parent.name
        if command[1] == "policy":
            return SimpleNamespace(returncode=0, stdout=f"asterisk:\n  Candidate: {self.policy[suite]}\n", stderr="")
        if "--download-only" in command:
            for name in ("asterisk", "libc6"):
                (config.parent / f"cache/archives/{name}.deb").write_text(name)
        return SimpleNamespace(returncode=0, stdout="", stderr="")

    @staticmethod
    def _unpack(package: Path, root: Path) -> SimpleNamespace:
        if package.read_text() == "cut short":
            return SimpleNamespace(returncode=2, stdout="", stderr="dpkg-deb: error: unexpected end of file")
        for file in ("lib64/ld-linux-x86-64.so.2", "lib/x86_64-linux-gnu/asterisk/modules/a.so", "sbin/asterisk"):
            (root / "usr" / file).parent.mkdir(parents=True, exist_ok=True)
            (root / "usr" / file).touch()
        return SimpleNamespace(returncode=0, stdout="", stderr="")


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Apt:
    return Apt(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1", (22, 10, 1)),
        ("1:22.8.0~dfsg-1", (22, 8, 0)),
        ("Asterisk 23.0", (23, 0)),
        ("Asterisk certified/unknown", None),
    ],
)
def test_a_version_is_read_from_what_asterisk_and_debian_say(text: str, version: tuple[int, ...] | None) -> None:
    assert version_of(text) == version


@pytest.mark.parametrize(("said", "taken"), [("Asterisk 22.7.0", False), ("Asterisk 22.8.0", True), ("", False)])
def test_the_machines_own_asterisk_is_used_when_new_enough(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    said: str,
    *,
    taken: bool,
) -> None:
    program = tmp_path / "asterisk"
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/chan_pjsip.so").touch()
    (tmp_path / "data/documentation").mkdir(parents=True)
    monkeypatch.setattr(asterisk, "MODULE_FOLDERS", (f"{tmp_path}/modules",))
    monkeypatch.setattr(asterisk, "DATA_FOLDERS", (f"{tmp_path}/data",))
    found = own_asterisk(str(tmp_path))
    assert (found is not None) is taken
    if found is not None:
        assert found.command == (str(program),)
        assert not found.has_speech


def test_the_archive_is_the_one_with_the_release_not_the_security_one(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    release = tmp_path / "os-release"
    release.write_text('ID=debian\nVERSION_CODENAME="bookworm"\n')
    monkeypatch.setattr("subprocess.run", lambda *_, **__: SimpleNamespace(stdout=URIS))
    assert debian.archive_uri(release) == "http://mirror.example/debian"
    release.write_text('ID=debian\nVERSION_CODENAME="trixie"\n')
    with pytest.raises(LabError, match="names no Debian archive for 'trixie'"):
        debian.archive_uri(release)
    release.write_text("ID=fedora\n")
    with pytest.raises(LabError, match="for Debian only"):
        debian.archive_uri(release)


@pytest.mark.usefixtures("no_own_asterisk")
def test_a_first_fetch_leaves_asterisk_a_stamp_and_no_downloads(apt: Apt, progress: Progress, tmp_path: Path) -> None:
    found = provide_asterisk(progress, tmp_path)
    assert found.version == "22.10.1"
    assert find_asterisk(tmp_path) == found
    assert sorted(file.name for file in (tmp_path / "asterisk").iterdir()) == ["stamp.json", "tree"]
    asked = len(apt.asked)
    assert provide_asterisk(progress, tmp_path) == found
    assert len(apt.asked) == asked


@pytest.mark.usefixtures("no_own_asterisk")
def test_the_private_apt_keeps_the_machines_proxy_and_nothing_else(
    apt: Apt, progress: Progress, tmp_path: Path
) -> None:
    provide_asterisk(progress, tmp_path)
    assert 'Acquire::http::Proxy "http://proxy.example";' in apt.configs[0]
    assert 'Dir::Etc::parts "/dev/null";' in apt.configs[0]
    assert "Check-Valid-Until" not in "".join(apt.configs)


@pytest.mark.usefixtures("no_own_asterisk")
def test_an_expired_archive_is_used_and_said_so(apt: Apt, tmp_path: Path) -> None:
    out = StringIO()
    apt.failures = [EXPIRED]
    provide_asterisk(Progress(out), tmp_path)
    assert "validity date has passed" in out.getvalue()
    assert 'Acquire::Check-Valid-Until "false";' in apt.configs[1]


@pytest.mark.usefixtures("no_own_asterisk")
def test_sid_is_asked_when_forky_is_too_old(apt: Apt, progress: Progress, tmp_path: Path) -> None:
    apt.policy["forky"] = "1:22.7.0-1"
    assert provide_asterisk(progress, tmp_path).version == "23.1.0"
    apt.policy["sid"] = "(none)"
    with pytest.raises(LabError, match=r"no Asterisk 22\.8 or newer \(forky: 1:22\.7\.0-1, sid: none\)"):
        provide_asterisk(progress, tmp_path / "again")


@pytest.mark.usefixtures("no_own_asterisk")
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (NO_NETWORK, "archive cannot be reached, check the network"),
        (DISK_FULL, "The disk is full: free at least 1.5 GB"),
        ("E: Something else", "apt failed: E: Something else"),
    ],
)
def test_what_apt_cannot_do_is_one_sentence(
    apt: Apt, progress: Progress, tmp_path: Path, said: str, sentence: str
) -> None:
    apt.failures = [said]
    with pytest.raises(LabError, match=sentence) as told:
        provide_asterisk(progress, tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.usefixtures("no_own_asterisk", "apt")
def test_an_interrupted_unpacking_is_done_anew(progress: Progress, tmp_path: Path) -> None:
    broken = tmp_path / "asterisk/tree.part/usr"
    broken.mkdir(parents=True)
    (broken / "left-over").touch()
    provide_asterisk(progress, tmp_path)
    assert not (tmp_path / "asterisk/tree/usr/left-over").exists()


@pytest.mark.usefixtures("apt")
def test_a_package_cut_short_is_fetched_again_next_time(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.deb", tmp_path / "bad.deb"
    good.write_text("good")
    bad.write_text("cut short")
    with pytest.raises(LabError, match=r"bad\.deb: dpkg-deb: error: unexpected end of file"):
        unpack([good, bad], tmp_path / "tree")
    assert good.exists()
    assert not bad.exists()
    assert not (tmp_path / "tree").exists()


@pytest.mark.usefixtures("no_own_asterisk")
@pytest.mark.parametrize("stamp", [None, "", "not json", "[]", json.dumps({"version": "22.10.1"})])
def test_half_a_cache_is_not_taken_for_asterisk(tmp_path: Path, stamp: str | None) -> None:
    (tmp_path / "asterisk").mkdir()
    if stamp is not None:
        (tmp_path / "asterisk/stamp.json").write_text(stamp)
    with pytest.raises(LabError, match=r"scripts/run or scripts/test fetches it"):
        find_asterisk(tmp_path)


@pytest.mark.usefixtures("no_own_asterisk")
def test_too_little_disk_is_told_before_anything_is_fetched(
    apt: Apt, progress: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    with pytest.raises(LabError, match=r"^Too little disk: .* has 12 MB free, 700 MB are needed\.$"):
        provide_asterisk(progress, tmp_path)
    assert apt.asked == []
    with pytest.raises(LabError, match="13 MB are needed"):
        megabytes_needed(tmp_path, 13)


def test_a_folder_without_permission_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # root may write anywhere
    with pytest.raises(LabError, match=rf"^No permission to write to {tmp_path}: run this as its owner"):
        writable_folder(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LabError, match=r"^Cannot make the folder .*/file/x: Not a directory\.$"):
        writable_folder(tmp_path / "file/x")


def test_a_second_setup_waits_for_the_first(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "from pathlib import Path; from lab.files import exclusive\nwith exclusive(Path(sys.argv[1])): print('in')"
    )
    with exclusive(lock):
        second = subprocess.Popen(
            [sys.executable, "-c", f"import sys; {program}", str(lock)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(PROJECT / "scripts")},
        )
        with pytest.raises(subprocess.TimeoutExpired):
            second.communicate(timeout=0.5)
    out, _ = second.communicate(timeout=10)
    assert out == b"in\n"


class Pip:
    """Stands in for venv and pip."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps: list[str] = []
        self.failure: tuple[str, str] | None = None
        monkeypatch.setattr(environment, "pip_wheel", lambda *_: Path("/pip.whl"))
        monkeypatch.setattr("subprocess.run", self)

    def __call__(self, command: list[str], **options: object) -> SimpleNamespace:
        step = "venv" if "venv" in command else "lock" if "--require-hashes" in command else "project"
        self.steps.append(step)
        if step == "venv":
            python = Path(command[-1]) / "bin/python"
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        if self.failure is not None and self.failure[0] == step:
            log = options["stdout"]
            log.write(self.failure[1])  # type: ignore[attr-defined] # an open text file
            log.flush()  # type: ignore[attr-defined] # as above
            return SimpleNamespace(returncode=1)
        return SimpleNamespace(returncode=0)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    return Pip(monkeypatch)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "scripts/locks").mkdir(parents=True)
    shutil.copy(PROJECT / "pyproject.toml", tmp_path)
    shutil.copy(PROJECT / "scripts/locks/dev.txt", tmp_path / "scripts/locks")
    return tmp_path


def test_the_second_start_makes_no_environment(pip: Pip, progress: Progress, project: Path) -> None:
    assert provide_environment(progress, project) == project / ".venv/bin/python"
    assert pip.steps == ["venv", "lock", "project"]
    provide_environment(progress, project)
    assert pip.steps == ["venv", "lock", "project"]


def test_a_changed_lock_or_a_lost_python_renews_the_environment(pip: Pip, progress: Progress, project: Path) -> None:
    provide_environment(progress, project)
    (project / "scripts/locks/dev.txt").write_text("other\n")
    provide_environment(progress, project)
    assert len(pip.steps) == 6
    (project / ".venv/bin/python").unlink()
    provide_environment(progress, project)
    assert len(pip.steps) == 9


@pytest.mark.parametrize("step", ["venv", "lock", "project"])
def test_an_interrupted_environment_is_taken_up_again(pip: Pip, progress: Progress, project: Path, step: str) -> None:
    pip.failure = (step, "killed")
    with pytest.raises(LabError, match="killed"):
        provide_environment(progress, project)
    pip.failure = None
    pip.steps.clear()
    provide_environment(progress, project)
    assert pip.steps == ["venv", "lock", "project"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "NewConnectionError: Temporary failure in name resolution",
            "package index cannot be reached, check the network",
        ),
        ("ERROR: [Errno 28] No space left on device", "The disk is full: free at least 500 MB"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "THESE PACKAGES DO NOT MATCH THE HASHES"),
    ],
)
def test_what_pip_cannot_do_is_one_sentence(
    pip: Pip, progress: Progress, project: Path, said: str, sentence: str
) -> None:
    pip.failure = ("lock", said)
    with pytest.raises(LabError, match=sentence) as told:
        provide_environment(progress, project)
    assert "\n" not in str(told.value)


def test_the_stamp_depends_on_every_source(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("1")
    two.write_text("2")
    before = stamp_of(one, two)
    two.write_text("3")
    assert stamp_of(one, two) != before


def test_pip_is_fetched_from_debian_where_python_has_none(
    apt: Apt, progress: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert apt.asked == []
    monkeypatch.setattr(environment, "SYSTEM_WHEELS", tmp_path / "none")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr(environment, "release_codename", lambda: "bookworm")
    monkeypatch.setattr(PrivateApt, "download_only", lambda *_: tmp_path / "pip.deb")

    def unpacked(_: object, root: Path) -> None:
        (root / "usr/share/python-wheels").mkdir(parents=True)
        (root / "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl").touch()

    monkeypatch.setattr(environment, "unpack", unpacked)
    wheel = environment.pip_wheel(progress, tmp_path)
    assert wheel == tmp_path / "pip/tree/usr/share/python-wheels/pip-23.0.1-py3-none-any.whl"
    asked = len(apt.asked)
    assert environment.pip_wheel(progress, tmp_path) == wheel
    assert len(apt.asked) == asked


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (LabError("Too little disk."), 1, "Too little disk."),
        (PermissionError(13, "Permission denied", "/x"), 1, "The set-up cannot go on: Permission denied: /x."),
        (KeyboardInterrupt(), 130, "Interrupted: the next start goes on from here."),
    ],
)
def test_the_setup_ends_with_one_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(_: Progress) -> None:
        raise error

    monkeypatch.setattr(setup, "provide_environment", fail)
    assert setup.main() == code
    assert capsys.readouterr().err.strip() == said


def test_a_long_step_shows_that_it_is_alive() -> None:
    out = StringIO()
    with Progress(out, alive_every=0.01).step("Fetching", lambda: "3 MB"):
        deadline = time.monotonic() + 5
        while "still" not in out.getvalue():
            assert time.monotonic() < deadline
            time.sleep(0.01)
    first, second, *_ = out.getvalue().splitlines()
    assert first.endswith("s] Fetching …")
    assert second.endswith("s]   still: Fetching, 3 MB")


def test_the_lock_has_hashes_and_names_no_address() -> None:
    lock = (PROJECT / "scripts/locks/dev.txt").read_text()
    entries = [line for line in lock.splitlines() if not line.startswith(" ")]
    assert all("==" in line and line.endswith("\\") for line in entries)
    assert "://" not in lock
    assert any(line.startswith("hatchling==") for line in entries)


def test_the_lock_has_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[^\w-]", one, maxsplit=1)[0] for one in asked}
    lock = (PROJECT / "scripts/locks/dev.txt").read_text()
    assert sorted(name for name in names if f"\n{name}==" not in f"\n{lock}") == []


@pytest.mark.parametrize("script", ["run", "test", "check", "lock", "setup"])
def test_every_script_is_executable_and_sound_shell(script: str) -> None:
    file = PROJECT / "scripts" / script
    assert os.access(file, os.X_OK)
    assert subprocess.run(["bash", "-n", str(file)], check=False).returncode == 0


def test_without_a_python_the_setup_says_so(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (tmp_path / name).write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        [str(PROJECT / "scripts/setup")],
        env={**os.environ, "PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "Python 3.11 or newer is needed: install the package python3 of Debian 12 or newer."


@pytest.mark.asterisk
def test_what_the_setup_found_is_new_enough(asterisk_files: AsteriskFiles) -> None:
    version = version_of(f" {asterisk_files.version}")
    assert version is not None
    assert version >= asterisk.OLDEST
