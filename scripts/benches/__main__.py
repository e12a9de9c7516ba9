"""`scripts/bench NAME`: one line a bench."""

import argparse
import sys

from benches import desk, dial, office, queue
from lab.errors import LabError


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure the service. Only ratios of one run count."
    )
    names = parser.add_subparsers(dest="name", required=True, metavar="BENCH")
    desk.add_to(names)
    dial.add_to(names)
    office.add_to(names)
    queue.add_to(names)
    chosen = parser.parse_args()
    try:
        return int(chosen.run(chosen))
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
