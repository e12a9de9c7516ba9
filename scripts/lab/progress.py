"""What is happening, and for how long already? One line a step; a long step shows that it is alive."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ALIVE_SECONDS = 5.0


class Progress:
    """Lines for the person at the terminal, each with the seconds since the beginning."""

    def __init__(self, out: TextIO | None = None, *, alive_every: float = ALIVE_SECONDS) -> None:
        self._out = out or sys.stderr
        self._began = time.monotonic()
        self._alive_every = alive_every

    def say(self, text: str) -> None:
        """Print one line."""
        print(f"[{time.monotonic() - self._began:5.1f} s] {text}", file=self._out, flush=True)

    @contextmanager
    def step(self, text: str, detail: Callable[[], str] = str) -> Iterator[None]:
        """Announce a step; while it lasts, say every few seconds that it goes on, and how far (`detail`)."""
        self.say(f"{text} …")
        over = threading.Event()
        alive = threading.Thread(target=self._alive, args=(text, detail, over), daemon=True)
        alive.start()
        try:
            yield
        finally:
            over.set()
            alive.join()

    def _alive(self, text: str, detail: Callable[[], str], over: threading.Event) -> None:
        while not over.wait(self._alive_every):
            more = detail()
            self.say(f"  still: {text}" + (f", {more}" if more else ""))
