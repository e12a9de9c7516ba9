"""How large may a file and its parts be? Beyond these it is refused, before it takes memory or time."""

MEGABYTE = 1024 * 1024

FILE_BYTES = 200 * MEGABYTE
ROWS = 1_048_576
"""As many as a sheet of a spreadsheet program has."""

COLUMNS = 500
LINE_CHARACTERS = MEGABYTE
CELL_CHARACTERS = 131_072
"""A spreadsheet program holds 32 767 in a cell, each written with at most a few."""

QUOTED_LINES = 200
"""Lines that one cell may run over; more, and its quotation mark was never closed."""

SHEET_BYTES = 1024 * MEGABYTE
STRINGS_BYTES = 128 * MEGABYTE
STRINGS = 4_000_000
SMALL_PART_BYTES = 8 * MEGABYTE
"""Parts that are read as a whole: the workbook, its styles, its relations."""

RATIO = 300
RATIO_FROM_BYTES = 16 * MEGABYTE
"""From this size on, a part may unpack to RATIO times its packed size."""
