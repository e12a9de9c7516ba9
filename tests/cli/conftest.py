"""The command line on an installation below one folder."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from callcenter.cli import main
from engine.conftest import settings_in, story, upgraded

__all__ = ["story", "upgraded"]


@dataclass(frozen=True)
class Shell:
    """folder: of the installation; its settings file is `callcenter.toml`."""

    folder: Path

    def run(self, *words: str | Path, **environ: str) -> Result:
        arguments = ["--config", str(self.folder / "callcenter.toml"), *map(str, words)]
        result = CliRunner().invoke(main, arguments, env=environ)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    def said(self, *words: str | Path) -> str:
        """What a command that succeeds prints."""
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def told(self, *words: str | Path) -> Any:
        """The JSON that a command prints, and nothing beside it."""
        return json.loads(self.said(*words, "--json"))

    def fails(self, *words: str | Path, code: int = 1) -> list[str]:
        """The sentences of a command that fails."""
        result = self.run(*words)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        lines = result.stderr.splitlines()
        assert lines, "failed without a word"
        return lines


@pytest.fixture
def bare(tmp_path: Path) -> Shell:
    """Settings, and no database yet."""
    settings_in(tmp_path)
    return Shell(tmp_path)


@pytest.fixture
def shell(bare: Shell, upgraded: Path) -> Shell:
    """With a database and the policies that come with the program."""
    shutil.copy(upgraded, bare.folder / "callcenter.db")
    return bare


@pytest.fixture(autouse=True)
def log_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` sets the log of its process for good; here it is everybody's."""
    monkeypatch.setattr("callcenter.cli.service.configure_log", lambda _: None)
