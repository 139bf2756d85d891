"""How much of a spreadsheet is read: beyond these a file is refused, not read in part."""

MOST_BYTES = 32 * 2**20
"""Size of a file, in bytes."""
MOST_UNPACKED = 64 * 2**20
"""Size of all that a workbook unpacks to, in bytes."""
MOST_SIDE_PART = 8 * 2**20
"""Size of a part of a workbook that is no sheet, text or picture (styles, names), in bytes."""
MOST_RATIO = 200
"""How many times larger a part of a workbook may be than it is packed, once it is over a megabyte."""
MOST_PARTS = 1_000
"""Parts of a workbook."""
MOST_ROWS = 100_000
MOST_CELLS = 1_000_000
MOST_TEXTS = 1_000_000
"""Different texts that the cells of a workbook point at."""
MOST_CHARACTERS_IN_A_CELL = 10_000
MOST_CHARACTERS_IN_A_LINE = 100_000
MOST_CHARACTERS = 64 * 2**20
LAST_EXCEL_ROW, LAST_EXCEL_COLUMN = 1_048_576, 16_384
HEADER_WITHIN = 11
"""The header row is looked for among so many rows: ten of preamble may stand above it."""
