"""Options that several commands have."""

import click

JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
LIMIT = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="At most so many.")


class Words(click.ParamType[str]):
    """Text for people: not empty, one line (or, where said, several), at most so many characters."""

    name = "text"

    def __init__(self, longest: int = 200, *, lines: bool = False) -> None:
        self._longest = longest
        self._lines = lines

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words = value.strip()
        if not words:
            self.fail("is empty", param, ctx)
        if len(words) > self._longest:
            self.fail(f"is longer than {self._longest} characters", param, ctx)
        if not (words.replace("\n", "") if self._lines else words).isprintable():
            self.fail("holds characters that cannot be printed", param, ctx)
        return words


WORDS = Words()
KEY = Words(40)
