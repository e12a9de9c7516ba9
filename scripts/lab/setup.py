"""Set up all that the project needs on this machine: the Python environment, the pages' libraries and an Asterisk.

With `--tests` also what only the tests need: a PostgreSQL and a Chromium. Run as `python3 -m lab.setup` by scripts/run
and scripts/test, before there is an environment; so it and what it imports need nothing but the standard library.
"""

import sys
from collections.abc import Sequence

from lab.asterisk import provide_asterisk
from lab.chromium import provide_chromium
from lab.environment import OLDEST_PYTHON, provide_environment
from lab.errors import LabError
from lab.pages import provide_pages
from lab.postgres import provide_postgres
from lab.progress import Progress

FOR_TESTS = "--tests"
INTERRUPTED = 130
USAGE = 2


def main(arguments: Sequence[str] = ()) -> int:
    """Return 0 when everything is there; 1 with one sentence on standard error when it is not."""
    if set(arguments) - {FOR_TESTS}:
        print(f"usage: scripts/setup [{FOR_TESTS}]", file=sys.stderr)
        return USAGE
    if sys.version_info[:2] < OLDEST_PYTHON:
        print("Python 3.11 or newer is needed.", file=sys.stderr)
        return 1
    progress = Progress()
    try:
        provide_environment(progress)
        provide_pages(progress)
        provide_asterisk(progress)
        if FOR_TESTS in arguments:
            provide_postgres(progress)
            provide_chromium(progress)
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nThe set-up cannot go on: {error.strerror}: {error.filename}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted: the next start goes on from here.", file=sys.stderr)
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
