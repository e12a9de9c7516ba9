"""What every command needs first: the settings, and the service if it runs."""

import getpass
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import structlog

from callcenter.cli.output import fail
from callcenter.settings import ConfigError, Settings, load_settings


class Asked:
    """The command line's own options."""

    def __init__(self, config: Path | None) -> None:
        self._config = config

    def read(self) -> Settings:
        """Raises ConfigError."""
        return load_settings(self._config, os.environ)

    def settings(self) -> Settings:
        """Ends the command, with every mistake in a line of its own, if they cannot be used."""
        # What the parts of the service log is no part of a command's answer.
        structlog.configure(logger_factory=_to_stderr)
        try:
            return self.read()
        except ConfigError as error:
            fail(*error.mistakes, code=2)


def _to_stderr(*_names: object) -> structlog.PrintLogger:
    return structlog.PrintLogger(sys.stderr)


def user_here() -> str:
    """Whose deed a command is, for the audit."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (KeyError, OSError):
        # A user without a name, as in some containers.
        return "command line"


class ServiceAwayError(Exception):
    """No service listens on the control socket."""


@asynccontextmanager
async def control(settings: Settings) -> AsyncIterator[aiohttp.ClientSession]:
    """A session to the running service. Requests raise aiohttp's errors; see `ask`."""
    connector = aiohttp.UnixConnector(path=str(settings.control.socket))
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=2)
    async with aiohttp.ClientSession("http://callcenter", connector=connector, timeout=timeout) as session:
        yield session


async def ask(settings: Settings, method: str, path: str, **values: Any) -> tuple[int, Any]:
    """One request to the service: status and JSON. Raises ServiceAwayError."""
    try:
        async with control(settings) as session, session.request(method, path, json=values or None) as response:
            text = await response.text()
            return response.status, json.loads(text) if response.content_type == "application/json" else text
    except aiohttp.ClientConnectionError as error:
        raise ServiceAwayError from error


def away(settings: Settings) -> str:
    return f"No service listens on {settings.control.socket}; start it with: callcenter serve"
