"""Processes that begin with everything loaded: one that has loaded it splits off each. A start from nothing costs some
seconds of a processor, and the service is started and killed dozens of times.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path

from callcenter.cli import main

_FORKS = multiprocessing.get_context("forkserver")
# What is installed is found by the process that loads; what lies beside the tests is not.
_FORKS.set_forkserver_preload(["callcenter.app.service", "callcenter.cli.service", "callcenter.web.control"])


class Forked:
    """`run(*given)` in a process of its own, which writes to the ends of these files; used as asyncio's are."""

    def __init__(self, run: Callable[..., None], *given: object, out: Path, err: Path) -> None:
        self._process = _FORKS.Process(target=_written, args=(out, err, run, *given), daemon=True)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """Of a process that a signal ended: the negative number of that. None while it runs."""
        return self._process.exitcode

    async def wait(self) -> int:
        while self.returncode is None:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
        return self.returncode

    def kill(self) -> None:
        self._process.kill()

    def send_signal(self, signal: int) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, signal)


def program(*words: str) -> None:
    """`callcenter` with these words."""
    main(words, prog_name="callcenter")


def _written(out: Path, err: Path, run: Callable[..., None], *given: object) -> None:
    for stream, path in ((sys.stdout, out), (sys.stderr, err)):
        stream.flush()
        with path.open("ab") as file:
            os.dup2(file.fileno(), stream.fileno())
    run(*given)
