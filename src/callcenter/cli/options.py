"""Options that several commands have."""

import click

JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")
