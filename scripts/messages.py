"""Gathers the texts of the pages into the template that translators begin with; ``make messages`` writes it.

A translation stands beside it as LANGUAGE/LC_MESSAGES/messages.po, and the compiled one as messages.mo.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

PAGES = Path(__file__).parents[1] / "webforms" / "src" / "quarterday_webforms"
TEMPLATE = PAGES / "translations" / "messages.pot"
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def gathered() -> Catalog:
    """Every text that the pages pass through gettext."""
    catalog = Catalog(project="quarterday-webforms", fuzzy=False)
    for file, _, message, _, context in extract_from_dir(PAGES, METHODS, keywords=KEYWORDS, strip_comment_tags=True):
        catalog.add(message, locations=[(file, 0)], context=context)
    return catalog


def template() -> bytes:
    """The texts as a PO template: by file and without line numbers, so that it changes only when a text does."""
    written = BytesIO()
    write_po(written, gathered(), omit_header=True, sort_output=True, no_location=True, width=0)
    return written.getvalue()


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(template())
