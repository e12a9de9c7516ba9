"""Packages for the tests: fetched once, resumed, complete or not there. Nothing is fetched here."""

import json
import subprocess
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest

from lab import bundle as module
from lab import chromium, postgres, setup
from lab.bundle import Bundle, library_path
from lab.chromium import find_chromium, provide_chromium
from lab.errors import LabError
from lab.postgres import find_postgres, newest, provide_postgres
from lab.progress import Progress

FILES = {
    "postgresql": "usr/lib/postgresql/15/bin/postgres",
    "postgresql-15": "usr/lib/postgresql/15/bin/initdb",
    "chromium": "usr/lib/chromium/chromium",
    "fonts-wqy-microhei": "usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "libpulse0": "usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecommon.so",
    "libllvm": "usr/lib/x86_64-linux-gnu/libLLVM-14.so.1",
    "libc6": "usr/lib/x86_64-linux-gnu/libc.so.6",
}


class Apt:
    """Stands in for a private apt: whatever is asked for, all of FILES comes."""

    asked: list[tuple[str, ...]] = []  # noqa: RUF012 (one for the test; emptied by the fixture)
    failure: LabError | None = None

    def __init__(self, folder: Path, suite: str, _progress: Progress) -> None:
        self.suite = suite
        self._folder = folder

    def update(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)

    def download(self, packages: Sequence[str], _what: str) -> list[Path]:
        self.asked.append(tuple(packages))
        if self.failure is not None:
            raise self.failure
        return [self._folder / f"{name}_1_amd64.deb" for name in FILES]


def unpacked(packages: Sequence[Path], root: Path) -> None:
    for package in packages:
        file = root / FILES[package.name.partition("_")[0]]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


@pytest.fixture
def progress() -> Progress:
    return Progress(StringIO())


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One of Debian's, with neither PostgreSQL nor Chromium of its own."""
    Apt.asked.clear()
    monkeypatch.setattr(module, "PrivateApt", Apt)
    monkeypatch.setattr(module, "release_codename", lambda: "bookworm")
    monkeypatch.setattr(module, "unpack", unpacked)
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path / "none")
    monkeypatch.setattr(chromium, "own_chromium", lambda: None)


@pytest.fixture
def some(tmp_path: Path) -> Bundle:
    return Bundle(tmp_path / "cache/some", ("chromium",), "something", 1, ("usr/lib/*/libLLVM*", "usr/share"))


def test_a_bundle_is_fetched_once_and_leaves_no_downloads(some: Bundle, progress: Progress) -> None:
    tree = some.provide(progress)
    assert some.tree == tree == some.folder / "tree"
    assert sorted(file.name for file in some.folder.iterdir()) == ["stamp.json", "tree"]
    assert json.loads((some.folder / "stamp.json").read_text()) == {"packages": ["chromium"], "suite": "bookworm"}
    some.provide(progress)
    assert Apt.asked == [("chromium",)]


def test_a_bundle_is_without_the_c_library_and_what_is_needless(some: Bundle, progress: Progress) -> None:
    tree = some.provide(progress)
    assert (tree / FILES["chromium"]).exists()
    for name in ("libc6", "libllvm", "fonts-wqy-microhei"):
        assert not (tree / FILES[name]).exists(), name


def test_a_bundle_of_other_packages_is_fetched_anew(some: Bundle, progress: Progress) -> None:
    some.provide(progress)
    other = Bundle(some.folder, ("postgresql",), "another", 1)
    assert other.tree is None
    other.provide(progress)
    assert Apt.asked == [("chromium",), ("postgresql",)]


@pytest.mark.parametrize("stamp", [None, "", "[]", "{}"])
def test_half_a_bundle_is_none(some: Bundle, stamp: str | None) -> None:
    (some.folder / "tree").mkdir(parents=True)
    if stamp is not None:
        (some.folder / "stamp.json").write_text(stamp)
    assert some.tree is None


def test_an_interrupted_bundle_goes_on_where_it_stopped(
    some: Bundle, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Apt, "failure", LabError("no network"))
    with pytest.raises(LabError, match="no network"):
        some.provide(progress)
    assert some.tree is None
    assert (some.folder / "apt").is_dir(), "what was fetched so far is kept"
    monkeypatch.setattr(Apt, "failure", None)
    assert some.provide(progress).is_dir()


def test_too_little_disk_is_told_before_anything_is_fetched(some: Bundle, progress: Progress) -> None:
    greedy = Bundle(some.folder, some.packages, some.what, 10**12)
    with pytest.raises(LabError, match="Too little disk"):
        greedy.provide(progress)
    assert Apt.asked == []


def test_libraries_are_found_in_every_folder_that_has_some(some: Bundle, progress: Progress) -> None:
    tree = some.provide(progress)
    folders = library_path(tree, ("usr/lib/*/pulseaudio",)).split(":")
    assert folders == [f"{tree}/usr/lib/x86_64-linux-gnu", f"{tree}/usr/lib/x86_64-linux-gnu/pulseaudio"]


def test_postgresql_is_fetched_where_the_machine_has_none(progress: Progress, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="PostgreSQL is not here yet: scripts/test fetches it"):
        find_postgres(tmp_path)
    found = provide_postgres(progress, tmp_path)
    assert found == find_postgres(tmp_path)
    assert found.programs == tmp_path / "postgres/tree/usr/lib/postgresql/15/bin"
    assert str(tmp_path / "postgres/tree/usr/lib") in found.environment["LD_LIBRARY_PATH"]


def test_the_machines_own_postgresql_is_used(
    progress: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version, programs in (("9.6", "initdb postgres"), ("12", "initdb postgres"), ("13", "initdb"), ("14", "x")):
        for name in programs.split():
            program = tmp_path / "own" / version / "bin" / name
            program.parent.mkdir(parents=True, exist_ok=True)
            program.touch()
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path / "own")
    assert newest(tmp_path / "own") is None, "too old, or without its server"
    (tmp_path / "own/13/bin/postgres").touch()
    assert provide_postgres(progress, tmp_path).programs == tmp_path / "own/13/bin"
    assert Apt.asked == []


def test_chromium_comes_with_fonts_that_have_chinese(progress: Progress, tmp_path: Path) -> None:
    with pytest.raises(LabError, match="Chromium is not here yet: scripts/test fetches it"):
        find_chromium(tmp_path)
    found = provide_chromium(progress, tmp_path)
    assert found == find_chromium(tmp_path)
    assert found.executable == tmp_path / "chromium/tree/usr/lib/chromium/chromium"
    assert f"<dir>{tmp_path}/fonts/tree/usr/share/fonts</dir>" in found.fonts_conf.read_text()
    assert found.environment["FONTCONFIG_FILE"] == str(found.fonts_conf)
    assert "pulseaudio" in found.environment["LD_LIBRARY_PATH"]


def test_the_machines_own_chromium_is_used_with_our_fonts(
    progress: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium, "own_chromium", lambda: Path("/usr/bin/chromium"))
    found = provide_chromium(progress, tmp_path)
    assert found.executable == Path("/usr/bin/chromium")
    assert found.environment["FONTCONFIG_FILE"] == str(tmp_path / "fonts/fonts.conf")
    assert Apt.asked == [("fonts-dejavu-core", "fonts-wqy-microhei")]


@pytest.mark.parametrize(("arguments", "fetched"), [((), []), (("--tests",), ["postgres", "chromium"])])
def test_only_the_tests_fetch_what_only_they_need(
    monkeypatch: pytest.MonkeyPatch, arguments: Sequence[str], fetched: list[str]
) -> None:
    seen: list[str] = []
    for name in ("environment", "asterisk"):
        monkeypatch.setattr(setup, f"provide_{name}", lambda _: None)
    monkeypatch.setattr(setup, "provide_postgres", lambda _: seen.append("postgres"))
    monkeypatch.setattr(setup, "provide_chromium", lambda _: seen.append("chromium"))
    assert setup.main(arguments) == 0
    assert seen == fetched


def test_the_setup_knows_no_other_word() -> None:
    assert setup.main(["--all"]) == setup.USAGE


def test_scripts_run_does_not_fetch_what_the_tests_need() -> None:
    scripts = module.__file__ and Path(module.__file__).parents[1]
    assert scripts
    assert "--tests" not in (scripts / "run").read_text()
    assert "--tests" in (scripts / "test").read_text()
    assert subprocess.run(["bash", "-n", str(scripts / "setup")], check=False).returncode == 0
