"""`callcenter serve`."""

import asyncio
import gc
import logging
import signal
import sys
from contextlib import AsyncExitStack

import click
import structlog
import uvloop

from callcenter.app.archive import ArchiveGoneError
from callcenter.app.books import BooksError
from callcenter.app.house import door, open_house
from callcenter.cli.context import Asked
from callcenter.cli.output import fail, said
from callcenter.domain.calls.telephony import TelephonyFatalError
from callcenter.settings import LogSettings, Settings
from callcenter.web.control import SocketInUseError, listening
from callcenter.web.site import CertificateError, PortTakenError, site_listening

log = structlog.get_logger()

NOT_STARTED = (TelephonyFatalError, *BooksError, SocketInUseError, ArchiveGoneError, CertificateError, PortTakenError)


@click.command()
@click.pass_obj
def serve(asked: Asked) -> None:
    """Run the service. SIGTERM or Ctrl-C stops it; talks go on and are adopted by the next start."""
    settings = asked.settings()
    configure_log(settings.log)
    sentences: dict[str, None] = {}
    try:
        uvloop.run(_serve(settings))
    except* (*NOT_STARTED, OSError) as group:
        sentences = dict.fromkeys(said(error) for error in _leaves(group))
    if sentences:
        fail(*sentences)


async def _serve(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    async with AsyncExitStack() as stack:
        service, parts = await stack.enter_async_context(open_house(settings))
        await stack.enter_async_context(listening(service, settings.control.socket))
        if settings.web.enabled:
            address = await stack.enter_async_context(site_listening(parts, door(settings)))
            log.info("the site is open", address=settings.web.public_url or address)
        _settle_memory()
        await service.run(stop)


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


def _settle_memory() -> None:
    """What was loaded stays to the end: going through all of it again and again would hold up calls."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def configure_log(settings: LogSettings) -> None:
    """For people on a terminal, JSON otherwise; to standard error."""
    # What a broken client causes is no trouble of ours, and anybody could fill the log with it; what breaks in a
    # handler is told by the handler's own guard.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    # Tracebacks without the values of variables: those are people's names and numbers.
    for_people = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not for_people:
        told = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        processors.append(structlog.processors.ExceptionRenderer(told))
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
