"""The program, with a service that tries an archive without room again after a second: `impatient.py --config ...`."""

from datetime import timedelta

from callcenter.cli import main
from callcenter.engine import archiving

if __name__ == "__main__":
    archiving.RETRY_AFTER = timedelta(seconds=1)
    main()
