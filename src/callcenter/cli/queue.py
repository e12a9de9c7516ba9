"""`callcenter queue`: the queue as a whole."""

import click

from callcenter.app.books import Books
from callcenter.app.offline import replanning
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON
from callcenter.cli.output import console, print_json, problems
from callcenter.engine.replanning import Progress
from callcenter.settings import Settings


@click.group()
def queue() -> None:
    """The queue as a whole."""


@queue.command("replan")
@click.option("--all", "again", is_flag=True, help="Every plan, also where its policy is the same as before.")
@JSON
@with_books
async def replan(_settings: Settings, books: Books, *, again: bool, as_json: bool) -> None:
    """Reckon anew, by the policies now in force, when callbacks that were put off may be dialled.

    A running service does it by itself. One that was cut off goes on where it was.
    """

    def told(progress: Progress) -> None:
        if progress.done:
            problems.print(f"{progress.done} of {progress.total} callbacks, {progress.moved} moved", markup=False)

    done = await replanning(books).run(told, again=again)
    if as_json:
        print_json({"looked_at": done.done, "moved": done.moved})
    elif not done.done:
        console.print("No callback was put off under another version of its policy.")
    else:
        console.print(f"{done.done} callbacks looked at, {done.moved} have another time now")
