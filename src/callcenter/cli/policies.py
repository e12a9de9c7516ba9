"""`callcenter policies`: the rules listed, shown, compared, tried out and added."""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.progress import Progress as Bar

from callcenter.app.books import Books
from callcenter.app.offline import rulebook
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON
from callcenter.cli.output import PIPE_WIDTH, console, fail, local, print_json, print_rows, problems
from callcenter.domain.access import Account
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.diff import differences
from callcenter.domain.policies.editing import as_version
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.policies.presets import preset_names
from callcenter.domain.policies.renewal import Renewal
from callcenter.domain.times.windows import in_zone
from callcenter.domain.words.policy_mistakes import mistake_words
from callcenter.domain.words.policy_sentences import change_sentence
from callcenter.domain.words.rule_names import rule_name
from callcenter.domain.words.sentences import Language
from callcenter.engine.decisions import By
from callcenter.engine.rulebook import Bounds, Rulebook
from callcenter.engine.simulating import PAST_DAYS, Progress
from callcenter.settings import Settings
from callcenter.web.picture import picture
from callcenter.web.weighed import SimulationShown, show_change, show_simulation, show_values

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
LANGUAGE = click.option(
    "--lang", "language", type=click.Choice([each.value for each in Language]), default="en", show_default=True
)


@click.group()
def policies() -> None:
    """The rules, as versioned data."""


@policies.command("list")
@JSON
@with_books
async def list_policies(settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all policies, and the presets that one may take values from."""
    rows = [
        {
            "name": each.name,
            "title": f"{each.shown.title.zh} / {each.shown.title.en}",
            "in_force": each.in_force.version if each.in_force else None,
            "since": each.in_force.effective_from.isoformat() if each.in_force else None,
            "versions": len(each.versions),
            "plans": ", ".join(plan.id for plan in each.plans),
        }
        for each in await rulebook(settings, books).listed()
    ]
    if as_json:
        print_json({"policies": rows, "presets": preset_names()})
        return
    print_rows(rows, ("name", "title", "in_force", "since", "versions", "plans"), empty="There is no policy yet.")
    console.print(f"presets: {', '.join(preset_names())}", style="dim", markup=False)


@policies.command("show")
@click.argument("policy")
@click.option("--toml", is_flag=True, help="As it is written, instead of in words.")
@LANGUAGE
@JSON
@with_books
async def show_policy(
    settings: Settings, books: Books, *, policy: str, toml: bool, language: str, as_json: bool
) -> None:
    """Show every value of POLICY (a name, NAME:VERSION, or a preset) with its source."""
    found = await _found(rulebook(settings, books), policy)
    if toml:
        kept = await books.policies.version(found.name, found.version)
        click.echo(kept.toml if kept else "", nl=False)
        return
    rows = [value.model_dump() for value in show_values(found, Language(language))]
    if as_json:
        print_json(rows)
        return
    console.print(f"{found.name} version {found.version}, in force from {found.effective_from}", markup=False)
    print_rows(rows, ("title", "value", "source", "strength"), empty="It says nothing.")


@policies.command("check")
@FILE
@LANGUAGE
def check_policy(file: Path, language: str) -> None:
    """Read a policy file and tell every mistake in it."""
    policy = _policy_in(file, language)
    console.print(f"{policy.name} version {policy.version}, in force from {policy.effective_from}: right", markup=False)


@policies.command("add")
@FILE
@with_books
async def add_policy(_settings: Settings, books: Books, *, file: Path) -> None:
    """Add a version of a policy; versions are never changed."""
    policy = _policy_in(file)
    if not await books.policies.add(policy, file.read_text("utf-8")):
        fail(f"{policy.name} version {policy.version} stands already; give the file a new version number.")
    console.print(f"{policy.name} version {policy.version} added, in force from {policy.effective_from}", markup=False)


@policies.command("diff")
@click.argument("before")
@click.argument("after")
@LANGUAGE
@JSON
@with_books
async def diff_policies(
    settings: Settings, books: Books, *, before: str, after: str, language: str, as_json: bool
) -> None:
    """Tell which values differ between BEFORE and AFTER: each a name, NAME:VERSION, a preset, or a file."""
    book, reader = rulebook(settings, books), Language(language)
    changes = differences(await _found(book, before), await _found(book, after))
    if as_json:
        print_json([show_change(change, reader).model_dump() for change in changes])
        return
    for change in changes:
        console.print(change_sentence(change, reader), markup=False)
    if not changes:
        console.print("They say the same.")


@policies.command("renew")
@click.argument("policy", required=False)
@click.option("--save", is_flag=True, help="Keep it as the next version.")
@click.option("--from", "day", type=click.DateTime(["%Y-%m-%d"]), help="Its effective date; today if left out.")
@LANGUAGE
@JSON
@with_books
async def renew_policy(
    settings: Settings,
    books: Books,
    *,
    policy: str | None,
    save: bool,
    day: datetime | None,
    language: str,
    as_json: bool,
) -> None:
    """Which policies, or does POLICY, say otherwise than their presets do today? Nothing is saved without --save."""
    book, reader = rulebook(settings, books), Language(language)
    if policy is not None and not await book.listed(policy):
        fail(f"There is no policy {policy!r}.")
    found = await book.renewals(policy)
    if save:
        await _save_renewal(book, found, policy, day)
        return
    if as_json:
        print_json([_renewal_row(each, reader) for each in found])
        return
    for each in found:
        console.print(f"{each.name} version {each.kept.version} → {each.policy.version}", markup=False)
        for change in each.changes:
            console.print(f"  {change_sentence(change, reader)}", markup=False)
    if not found:
        console.print("Stored policies say what their presets say today.")


async def _save_renewal(book: Rulebook, found: Sequence[Renewal], policy: str | None, day: datetime | None) -> None:
    if policy is None:
        fail("Name the policy that is to be saved.", code=2)
    if not found:
        fail(f"{policy} says what its presets say today; there is nothing to save.")
    text = found[0].text if day is None else as_version(found[0].text, found[0].policy.version, day.date())
    try:
        saved = await book.save(text, By(_nobody(getpass.getuser())))
    except PolicyError as error:
        fail(*(mistake_words(each, Language.EN) for each in error.mistakes))
    console.print(f"{saved.name} version {saved.version} added, in force from {saved.effective_from}", markup=False)


def _nobody(login: str) -> Account:
    """Who works at the command line has a login on the machine, and no account."""
    return Account("", login, "", frozenset(), None, "", datetime.now(UTC))


def _renewal_row(each: Renewal, language: Language) -> dict[str, object]:
    return {
        "name": each.name,
        "version": each.kept.version,
        "next": each.policy.version,
        "of_product": each.of_product,
        "changes": [show_change(change, language).model_dump() for change in each.changes],
        "text": each.text,
    }


@policies.command("simulate")
@click.argument("policy")
@click.option("--instead-of", default="", help="Name of the policy it would replace; its own name if left out.")
@click.option("--days", type=click.IntRange(1, 3660), default=PAST_DAYS, show_default=True, help="Past dials to read.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole result, as JSON.")
@click.option("--picture", "drawn", type=click.Path(dir_okay=False, path_type=Path), help="Write the load, as SVG.")
@LANGUAGE
@JSON
@with_books
async def simulate_policy(
    settings: Settings,
    books: Books,
    *,
    policy: str,
    instead_of: str,
    days: int,
    save: Path | None,
    drawn: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Try POLICY (a file, NAME:VERSION or a preset) over past dials and the present queue."""
    book, reader = rulebook(settings, books), Language(language)
    after = await _found(book, policy)
    name = instead_of or after.name
    before = await books.policies.in_force(name, in_zone(settings.calls.default_zone, datetime.now(UTC)))
    if before is None:
        fail(f"No policy {name!r} is in force; name the one it would replace with --instead-of.")
    with Bar(console=problems, transient=True) as bar:
        dials, queue = bar.add_task("past dials", total=None), bar.add_task("queue", total=None)

        def told(progress: Progress) -> None:
            bar.update(dials, completed=progress.dials, total=progress.all_dials)
            bar.update(queue, completed=progress.queue, total=progress.all_queue)

        found = await book.simulate(after, Bounds(), before, told, days)
    if found is None:
        fail(f"No policy {name!r} is in force.")
    shown = show_simulation(found, reader)
    if save is not None:
        save.write_text(shown.model_dump_json(indent=2) + "\n", "utf-8")
    if drawn is not None:
        drawn.write_text(picture(found, settings.calls.default_zone, reader), "utf-8")
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    _tell(shown, settings.calls.default_zone, reader)


def _tell(shown: SimulationShown, zone: str, reader: Language) -> None:
    console.print(f"{shown.before} → {shown.after}", markup=False)
    for change in shown.changes:
        console.print(f"  {change.message}", markup=False)
    console.print(f"{shown.dials} past dials:")
    for told, counts in (("would be refused", shown.refused), ("would be allowed", shown.allowed)):
        for each in counts:
            console.print(f"  {each.dials} {told}: {each.title} ({each.rule})", markup=False)
    console.print(
        f"{shown.waiting} waiting callbacks: callable now {shown.now_before} → {shown.now_after}; next opening "
        f"earlier for {shown.earlier}, later for {shown.later}, never any more for {shown.loses}"
    )
    ends = [local(at, zone) if at else "cannot be said" for at in (shown.exhausted_before, shown.exhausted_after)]
    console.print(f"queue empty at the present pace: {ends[0]} → {ends[1]} ({zone})")
    left_out = ", ".join(rule_name(rule, reader) for rule in shown.not_reconstructed)
    console.print(f"not simulated: {left_out}", style="dim", width=PIPE_WIDTH)


async def _found(book: Rulebook, ref: str) -> Policy:
    """A file where there is one of this name, else what the books or the presets call so."""
    if Path(ref).is_file():
        return _policy_in(Path(ref))
    found = await book.find(ref)
    if found is None:
        fail(f"There is no policy, version, preset or file {ref!r}.")
    return found


def _policy_in(file: Path, language: str = "en") -> Policy:
    try:
        return load_policy(file.read_text("utf-8"))
    except PolicyError as error:
        fail(*(mistake_words(each, Language(language)) for each in error.mistakes))
    except UnicodeDecodeError as error:
        fail(f"{file} is not UTF-8 text (byte {error.start + 1}).")
