"""Set up all that the project needs on this machine: the Python environment and an Asterisk.

Run as `python3 -m lab.setup` by scripts/run and scripts/test, before there is an environment; so it and what it
imports need nothing but the standard library.
"""

import sys

from lab.asterisk import provide_asterisk
from lab.environment import OLDEST_PYTHON, provide_environment
from lab.errors import LabError
from lab.progress import Progress

INTERRUPTED = 130


def main() -> int:
    """Return 0 when everything is there; 1 with one sentence on standard error when it is not."""
    if sys.version_info[:2] < OLDEST_PYTHON:
        print("Python 3.11 or newer is needed.", file=sys.stderr)
        return 1
    progress = Progress()
    try:
        provide_environment(progress)
        provide_asterisk(progress)
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
    sys.exit(main())
