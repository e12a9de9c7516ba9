"""`callcenter optouts` and `callcenter blocklists`: who must not be called."""

import getpass
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from callcenter.app.books import Books
from callcenter.app.offline import blocking, emptying, excluding
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON, KEY, LIMIT, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer, Unfit
from callcenter.domain.intake.blocklists import NAME, Blocklist, Load, LoadState, Owner, Unemptied
from callcenter.domain.intake.exclusion_words import KINDS, STATES, UNEMPTIED, UNFIT, failure_sentence, say
from callcenter.domain.people import Channel
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.words.sentences import Language
from callcenter.engine.blocking import LoadOrder, LoadRunningError
from callcenter.engine.emptying import EmptyOrder
from callcenter.engine.excluding import CustomerNotFoundError, ExclusionNotFoundError, Said, Who
from callcenter.settings import Settings


class Signed(click.ParamType[Signature]):
    """`ROLE=NAME`."""

    name = "role=name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Signature:
        if isinstance(value, Signature):
            return value
        role, equals, name = str(value).partition("=")
        if not equals or role not in set(Signer) or not name.strip():
            self.fail(f"{value!r} is not ROLE=NAME, with one of the roles {', '.join(Signer)}", param, ctx)
        return Signature(Signer(role), name.strip())


@click.group()
def optouts() -> None:
    """Who is not to be visited, by which channels, who said so and why: opt-outs, waivers, wrong numbers …"""


@optouts.command("add")
@click.argument("kind", type=click.Choice([each.value for each in ExclusionKind if each is not ExclusionKind.REFUSED]))
@click.option("--customer", type=WORDS, help="Id of the customer.")
@click.option("--callback", type=WORDS, help="Id of the one callback that it is about; tells the customer, too.")
@click.option("--reason", type=WORDS, required=True)
@click.option("--channel", "channels", type=click.Choice([each.value for each in Channel]), multiple=True)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="An opt-out's end; for good if left out."
)
@click.option("--number", help="Which of the customer's numbers is wrong.")
@click.option("--signed", "signatures", type=Signed(), multiple=True, help="A waiver's: all three (C9-16).")
@click.option("--document", type=WORDS, help="Where the signed declaration is filed.")
@JSON
@with_books
async def add_optout(
    settings: Settings,
    books: Books,
    *,
    kind: str,
    customer: str | None,
    callback: str | None,
    reason: str,
    channels: Sequence[str],
    until: datetime | None,
    number: str | None,
    signatures: Sequence[Signature],
    document: str | None,
    as_json: bool,
) -> None:
    """Write it down; the customer's waiting callbacks leave the queue."""
    if customer is None and callback is None:
        fail("Name the customer, or one of his callbacks.", code=2)
    ends = until.replace(tzinfo=ZoneInfo(settings.calls.default_zone)).astimezone(UTC) if until else None
    said = Said(
        kind=ExclusionKind(kind),
        reason=reason,
        customer_id=customer or "",
        callback_id=callback,
        channels=frozenset(Channel(each) for each in channels),
        number=_number(settings, number) if number else None,
        until=ends,
        signatures=tuple(signatures),
        document=document or "",
    )
    try:
        entered = await excluding(books).enter(said, Who(login=getpass.getuser()))
    except CustomerNotFoundError as error:
        fail(f"There is no customer, or callback of this customer, {error.args[0]!r}.")
    _told(settings, entered, "entered", as_json=as_json)


@optouts.command("lift")
@click.argument("optout", type=WORDS)
@click.option("--reason", type=WORDS, required=True)
@click.option(
    "--put-back/--leave-out",
    default=None,
    help="Whether callbacks that left the queue for it alone stand again where they stood; asked for if left out.",
)
@JSON
@with_books
async def lift_optout(
    settings: Settings, books: Books, *, optout: str, reason: str, put_back: bool | None, as_json: bool
) -> None:
    """It holds no longer, and stays to be read; callbacks that left the queue for it alone are put back, if wanted."""
    people = excluding(books)
    try:
        if put_back is None:
            put_back = _asked(await people.would_return(optout))
        lifted = await people.lift(optout, reason, Who(login=getpass.getuser()), put_back=put_back)
    except ExclusionNotFoundError:
        fail(f"There is no opt-out {optout!r}; `callcenter optouts list` tells them.")
    if isinstance(lifted, Unfit):
        fail(say(UNFIT[lifted], Language.EN), code=2)
    if as_json:
        more = {"put_back": lifted.put_back, "left_out": lifted.left_out}
        print_json(_row(lifted.exclusion, settings.calls.default_zone) | more)
        return
    _told(settings, lifted.exclusion, "lifted", as_json=False)
    if lifted.put_back:
        console.print(f"put back: {', '.join(lifted.put_back)}", markup=False)
    if lifted.left_out:
        console.print(f"stay out of the queue: {', '.join(lifted.left_out)}", markup=False)


def _asked(kept_out: Sequence[str]) -> bool:
    """Shall these be put back? Where there are none, nothing is asked."""
    if not kept_out:
        return False
    if not sys.stdin.isatty():
        count = len(kept_out)
        fail(f"{count} callbacks left the queue for it alone; say --put-back or --leave-out.", code=2)
    return click.confirm(f"Put {len(kept_out)} callbacks that left the queue for it alone back to where they stood?")


@optouts.command("list")
@click.option("--customer", type=WORDS, help="Of this customer only.")
@click.option("--standing", is_flag=True, help="Not those that were lifted.")
@LIMIT
@JSON
@with_books
async def list_optouts(
    settings: Settings, books: Books, *, customer: str | None, standing: bool, limit: int, as_json: bool
) -> None:
    """The newest first, also those that were lifted."""
    if customer is None:
        found = await books.restraints.latest(limit, standing=standing)
    else:
        every = await books.restraints.of_customer(customer)
        found = [each for each in every if not standing or each.lifted is None][:limit]
    rows = [_row(each, settings.calls.default_zone) for each in found]
    if as_json:
        print_json(rows)
        return
    columns = ("id", "customer", "what", "channels", "until", "reason", "by", "at", "lifted")
    print_rows(rows, columns, empty="Nobody is excluded.")


@click.group()
def blocklists() -> None:
    """Lists of numbers that are never dialled: the institution's own, the regulator's."""


@blocklists.command("import")
@click.argument("name", type=KEY)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", type=click.Choice([each.value for each in Owner]), default=Owner.OWN.value, show_default=True)
@click.option("--sheet", default="", help="Of a workbook with several sheets.")
@JSON
@with_books
async def import_blocklist(
    settings: Settings, books: Books, *, name: str, file: Path, owner: str, sheet: str, as_json: bool
) -> None:
    """Replace the list NAME by the numbers of a CSV, XLSX or text file, at once; a broken file changes nothing."""
    if not NAME.fullmatch(name):
        fail("A list's name has letters, digits, - and _ only.", code=2)
    order = LoadOrder(
        name=name,
        owner=Owner(owner),
        file=file,
        file_name=file.name,
        region=settings.calls.default_region,
        who=Who(login=getpass.getuser()),
        sheet=sheet,
    )
    lists = blocking(books)
    try:
        load = await lists.run(await lists.begin(order), order)
    except LoadRunningError:
        fail(f"Another file is just replacing the list {name}.")
    if as_json:
        print_json(_load_row(load))
    elif load.state is LoadState.DONE:
        console.print(
            f"{name}: {load.taken} numbers in force, {load.before} before; {load.bad} rows had none", markup=False
        )
    if load.state is not LoadState.DONE:
        fail(f"{failure_sentence(load, Language.EN)} The list {name} stays as it was.")


@blocklists.command("empty")
@click.argument("name", type=KEY)
@click.option("--numbers", type=click.IntRange(0), help="How many it holds, as you know it; asked for if left out.")
@click.option("--reason", type=WORDS, required=True)
@JSON
@with_books
async def empty_blocklist(
    _settings: Settings, books: Books, *, name: str, numbers: int | None, reason: str, as_json: bool
) -> None:
    """None of its numbers holds any more; the list stays, and a file may fill it again."""
    if numbers is None:
        numbers = _meant(name, {each.name: each.numbers for each in await books.blocklists.lists()})
    found = await emptying(books).empty(EmptyOrder(name, numbers, reason, Who(login=getpass.getuser())))
    if isinstance(found, Unemptied):
        fail(say(UNEMPTIED[found], Language.EN))
    if as_json:
        print_json(_load_row(found))
        return
    console.print(f"{name}: emptied, {found.before} numbers before", markup=False)


def _meant(name: str, held: Mapping[str, int]) -> int:
    """The numbers that the list holds, once somebody has said that none is to hold any more."""
    if name not in held:
        fail(f"There is no list {name}.")
    if not sys.stdin.isatty():
        fail(f"{name} holds {held[name]} numbers; say --numbers {held[name]} if none is to hold any more.", code=2)
    click.confirm(f"None of the {held[name]} numbers of {name} is to hold any more?", abort=True)
    return held[name]


@blocklists.command("show")
@click.argument("number")
@with_books
async def show_number(settings: Settings, books: Books, *, number: str) -> None:
    """Is this number on a list?"""
    asked = _number(settings, number)
    names = await books.restraints.blocked(asked)
    console.print(f"{asked.masked}: {', '.join(names) if names else 'on no list'}", markup=False)


@blocklists.command("list")
@JSON
@with_books
async def list_blocklists(settings: Settings, books: Books, *, as_json: bool) -> None:
    """Every list with its numbers, and the last files that replaced one."""
    lists, loads = await books.blocklists.lists(), await books.blocklists.loads(20)
    zone = settings.calls.default_zone
    if as_json:
        print_json({"lists": [asdict(each) for each in lists], "loads": [_load_row(each) for each in loads]})
        return
    print_rows(
        [_list_row(each, zone) for each in lists], ("name", "owner", "numbers", "since"), empty="There is no list."
    )
    if loads:
        rows = [_load_row(each) | {"at": local(each.started_at, zone)} for each in loads]
        console.print()
        print_rows(rows, ("at", "list", "file", "numbers", "bad", "outcome", "why", "login"), empty="")


def _number(settings: Settings, text: str) -> PhoneNumber:
    try:
        return parse_number(text, settings.calls.default_region)
    except MalformedNumberError as error:
        fail(f"{error}.", code=2)


def _told(settings: Settings, found: Exclusion | Unfit, done: str, *, as_json: bool) -> None:
    if isinstance(found, Unfit):
        fail(say(UNFIT[found], Language.EN), code=2)
    if as_json:
        print_json(_row(found, settings.calls.default_zone))
        return
    console.print(f"{done}: {found.id}, {say(KINDS[found.kind], Language.EN)}", markup=False)


def _row(each: Exclusion, zone: str) -> dict[str, object]:
    lifted = each.lifted
    return {
        "id": each.id,
        "customer": each.customer_id,
        "callback": each.callback_id,
        "kind": each.kind.value,
        "what": say(KINDS[each.kind], Language.EN) + (f" ({each.number.masked})" if each.number else ""),
        "channels": " ".join(sorted(each.channels)),
        "until": local(each.until, zone),
        "reason": each.reason,
        "by": each.login,
        "at": local(each.at, zone),
        "signed": ", ".join(f"{signature.role.value}: {signature.name}" for signature in each.signatures),
        "document": each.document,
        "lifted": f"{local(lifted.at, zone)} {lifted.login}: {lifted.reason}" if lifted else "",
    }


def _list_row(each: Blocklist, zone: str) -> dict[str, object]:
    return {"name": each.name, "owner": each.owner, "numbers": each.numbers, "since": local(each.replaced_at, zone)}


def _load_row(load: Load) -> dict[str, object]:
    return {
        "id": load.id,
        "list": load.list,
        "file": load.file_name,
        "sha256": load.sha256,
        "state": load.state.value,
        "outcome": say(STATES[load.state], Language.EN),
        "rows": load.rows,
        "numbers": load.taken,
        "bad": load.bad,
        "before": load.before,
        "why": failure_sentence(load, Language.EN),
        "login": load.login,
        "started_at": load.started_at,
    }
