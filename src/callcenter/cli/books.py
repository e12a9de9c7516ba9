"""A command that reads or writes the books: it gets the settings and the open books."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import click

from callcenter.app.books import Books, BooksError, open_books
from callcenter.cli.context import Asked
from callcenter.cli.output import fail, said
from callcenter.settings import Settings

P = ParamSpec("P")


def with_books(command: Callable[Concatenate[Settings, Books, P], Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A command that reads or writes the books."""

    @click.pass_obj
    @wraps(command)
    def run(asked: Asked, /, *args: P.args, **kwargs: P.kwargs) -> None:
        settings = asked.settings()

        async def work() -> None:
            async with open_books(settings) as books:
                await command(settings, books, *args, **kwargs)

        try:
            asyncio.run(work())
        except BrokenPipeError:
            raise
        except (*BooksError, OSError) as error:
            fail(said(error))

    return run
