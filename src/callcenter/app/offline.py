"""What can be done with the books alone, whether the service runs or not."""

from datetime import timedelta

from callcenter.app.archive import archive_of, scans_of
from callcenter.app.books import Books
from callcenter.app.terms import dial_terms
from callcenter.domain.calls.call import Call
from callcenter.engine.accounts import AccountParts, Accounts
from callcenter.engine.appointing import Appointing, AppointingParts
from callcenter.engine.asking import Asking, DialParts
from callcenter.engine.blocking import Blocking, BlockingParts
from callcenter.engine.cadences import CadenceParts, Cadences
from callcenter.engine.clock import WallClock
from callcenter.engine.drafting import Drafting, DraftParts
from callcenter.engine.emptying import Emptying, EmptyingParts
from callcenter.engine.excluding import Excluding, ExcludingParts
from callcenter.engine.explaining import Explaining, ExplainingParts
from callcenter.engine.health import Health
from callcenter.engine.importing import Importing
from callcenter.engine.paper import Paper, PaperParts
from callcenter.engine.plans import PlanParts, Plans
from callcenter.engine.ports import Clock
from callcenter.engine.replanning import Replanning, ReplanParts
from callcenter.engine.rulebook import Rulebook, RulebookParts
from callcenter.engine.second_visits import SecondVisitParts, SecondVisits
from callcenter.engine.simulating import Simulating, SimulatingParts
from callcenter.engine.visits import VisitParts, Visits
from callcenter.settings import Settings
from callcenter.sheets.opening import open_table


def visits(books: Books, clock: Clock | None = None) -> Visits:
    parts = VisitParts(
        books.logs,
        books.attempts,
        books.callbacks,
        books.recordings,
        books.policies,
        clock or WallClock(),
        books.audit,
        excluding(books, clock),
        books.scripts,
        books.answers,
        second_visits(books, clock),
        books.paper,
    )
    return Visits(parts)


def paper(settings: Settings, books: Books, clock: Clock | None = None) -> Paper:
    clock = clock or WallClock()
    stores = (books.callbacks, books.attempts, excluding(books, clock))
    return Paper(PaperParts(books.paper, books.policies, scans_of(settings), clock, *stores))


def second_visits(books: Books, clock: Clock | None = None) -> SecondVisits:
    clock = clock or WallClock()
    parts = SecondVisitParts(books.problem_cases, books.callbacks, books.attempts, books.people, books.audit, clock)
    return SecondVisits(parts)


def drafting(books: Books, clock: Clock) -> Drafting:
    return Drafting(DraftParts(books.drafts, books.logs, books.callbacks, books.people, clock))


def appointing(books: Books, clock: Clock) -> Appointing:
    return Appointing(AppointingParts(books.appointments, books.policies, books.restraints, clock))


def excluding(books: Books, clock: Clock | None = None) -> Excluding:
    return Excluding(
        ExcludingParts(books.restraints, books.taken_out, books.callbacks, books.audit, clock or WallClock())
    )


def blocking(books: Books, clock: Clock | None = None) -> Blocking:
    return Blocking(BlockingParts(books.blocklists, books.audit, clock or WallClock(), open_table))


def emptying(books: Books, clock: Clock | None = None) -> Emptying:
    return Emptying(EmptyingParts(books.blocklists, books.audit, clock or WallClock()))


def accounts_of(settings: Settings, books: Books, clock: Clock | None = None) -> Accounts:
    return Accounts(
        AccountParts(
            books.accounts,
            books.audit,
            books.people,
            clock or WallClock(),
            timedelta(hours=settings.web.session_hours),
        )
    )


def plans_of(books: Books, clock: Clock | None = None) -> Plans:
    return Plans(
        PlanParts(books.plans, books.people, books.policies, books.accounts, books.audit, clock or WallClock())
    )


def importing(books: Books, clock: Clock | None = None) -> Importing:
    return Importing(books.imports, open_table, clock or WallClock(), books.policies)


def cadences(books: Books, clock: Clock | None = None) -> Cadences:
    return Cadences(CadenceParts(books.cadences, books.people, books.policies, clock or WallClock()))


def replanning(books: Books, clock: Clock | None = None) -> Replanning:
    return Replanning(ReplanParts(books.people, books.policies, books.replans, clock or WallClock()))


def rulebook(settings: Settings, books: Books, clock: Clock | None = None) -> Rulebook:
    clock = clock or WallClock()
    simulating = Simulating(SimulatingParts(books.weighing, books.people, clock))
    zone = settings.calls.default_zone
    return Rulebook(
        RulebookParts(books.policies, books.people, books.audit, simulating, clock, zone, books.closing_days)
    )


def explaining(books: Books, asking: Asking, clock: Clock | None = None) -> Explaining:
    stores = (books.callbacks, books.attempts, books.people, books.weighing, books.duty)
    return Explaining(ExplainingParts(asking, *stores, clock or WallClock()))


class _NoCalls:
    """What the gate sees of the switch where no service runs: nothing."""

    sighted = False
    live: tuple[Call, ...] = ()

    def begin(self, call: Call) -> None:
        raise RuntimeError(f"no service runs that could begin call {call.attempt_id}")


def offline_asking(settings: Settings, books: Books) -> Asking:
    """The gate without a running service: it can explain, not dial."""
    return Asking(
        DialParts(
            callbacks=books.callbacks,
            attempts=books.attempts,
            people=books.people,
            policies=books.policies,
            archive=archive_of(settings),
            clock=WallClock(),
            health=Health(),
            calls=_NoCalls(),
            terms=dial_terms(settings),
            restraints=books.restraints,
            taken_out=books.taken_out,
        )
    )
