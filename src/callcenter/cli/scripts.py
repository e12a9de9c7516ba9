"""`callcenter scripts`: what is said and asked in talks, as versioned data."""

from pathlib import Path

import click

from callcenter.app.books import Books
from callcenter.app.questioning import scripting
from callcenter.cli.books import with_books
from callcenter.cli.deciders import BY, decider
from callcenter.cli.options import JSON, KEY
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.access import Permission
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.scripts.advice import advice
from callcenter.domain.scripts.script import Script, load_script
from callcenter.domain.scripts.versions import differences
from callcenter.domain.words.script_words import advice_words, script_mistake
from callcenter.domain.words.sentences import Language
from callcenter.engine.clock import WallClock
from callcenter.settings import Settings

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
VERSION = click.option("--version", type=click.IntRange(min=1), help="The newest if left out.")
LANGUAGE = click.option(
    "--lang", "language", type=click.Choice([each.value for each in Language]), default="en", show_default=True
)


@click.group()
def scripts() -> None:
    """What is said and asked in talks (话术、问卷), as versioned data."""


@scripts.command("list")
@JSON
@with_books
async def list_scripts(settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all scripts with their newest version, and the plans whose talks they hold."""
    rows = [
        {
            "name": each.name,
            "title": each.newest.script.title,
            "version": each.newest.script.version,
            "mode": each.newest.script.mode.value,
            "questions": len(each.newest.script.questions),
            "added": local(each.newest.at, settings.calls.default_zone),
            "by": each.newest.login,
            "plans": ", ".join(plan.id for plan in each.plans),
        }
        for each in await scripting(books, WallClock()).listed()
    ]
    if as_json:
        print_json(rows)
        return
    columns = ("name", "title", "version", "mode", "questions", "added", "by", "plans")
    print_rows(rows, columns, empty="There is no script yet.")


@scripts.command("show")
@click.argument("name", type=KEY)
@VERSION
@click.option("--changes", is_flag=True, help="Instead: in what it differs from the version before.")
@JSON
@with_books
async def show_script(
    _settings: Settings, books: Books, *, name: str, version: int | None, changes: bool, as_json: bool
) -> None:
    """Print a script as its author wrote it, in TOML; as JSON, what it holds."""
    book = scripting(books, WallClock())
    kept = await book.get(name, version)
    if kept is None:
        fail(f"There is no script {name}." if version is None else f"There is no version {version} of {name}.")
    if not changes:
        if as_json:
            print_json(kept.script.model_dump(mode="json"))
        else:
            click.echo(kept.text, nl=False)
        return
    before = await book.get(name, kept.script.version - 1) if kept.script.version > 1 else None
    if before is None:
        fail(f"There is no version before {kept.script.version}.")
    rows = [
        {
            "change": each.kind.value,
            "of": each.what,
            "in": ", ".join(each.names),
            "before": each.before,
            "now": each.after,
        }
        for each in differences(before.script, kept.script)
    ]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("change", "of", "in", "before", "now"), empty="They say the same.")


@scripts.command("check")
@FILE
@LANGUAGE
def check_script(file: Path, language: str) -> None:
    """Read a script file: every mistake in it, and what is advised."""
    script = _script_in(file, language)
    console.print(f"{script.name} version {script.version}: right", markup=False)
    for each in advice(script):
        console.print(advice_words(each, Language(language)), markup=False)


@scripts.command("add")
@FILE
@BY
@LANGUAGE
@with_books
async def add_script(_settings: Settings, books: Books, *, file: Path, by: str, language: str) -> None:
    """Add a version of a script; talks that have begun stay with theirs."""
    author = await decider(books, by, Permission.CHANGE_SCRIPTS, "change scripts")
    _script_in(file, language)
    try:
        script = await scripting(books, WallClock()).save(file.read_text("utf-8"), author)
    except PolicyError as error:
        fail(*(script_mistake(each, Language(language)) for each in error.mistakes))
    console.print(f"{script.name} version {script.version} added", markup=False)


def _script_in(file: Path, language: str) -> Script:
    """Ends the command with every mistake."""
    try:
        return load_script(file.read_text("utf-8"))
    except UnicodeDecodeError:
        fail(f"{file} is no UTF-8 text.")
    except PolicyError as error:
        fail(*(script_mistake(each, Language(language)) for each in error.mistakes))
