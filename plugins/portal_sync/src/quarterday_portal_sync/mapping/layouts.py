"""Where the other side's records stand: in the tables of a folder, or in the answers of an interface.

The ways of exchange are driven by these; what is in a record is for :mod:`quarterday_portal_sync.mapping.file`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Format(StrEnum):
    """What a file of an exchange is."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


class Holds(StrEnum):
    """What a file that they give holds."""

    ALL = "all"
    """Every record of the kind: one that isn't in the newest file any more is gone there."""
    CHANGES = "changes"
    """Those that changed since the file before."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How the records of one kind stand in the files of an exchange folder.

    A record of a table is its cells by header, as text. With more than one header row a header is the cells above each
    other with " / " between, blank ones left out; a cell of the upper rows also stands over the blank ones to its
    right (:func:`~quarterday_portal_sync.mapping.headers.headers_of`). Several kinds may stand in one file: of each
    row ask :meth:`~quarterday_portal_sync.mapping.file.PortalMapping.is_of`.
    """

    incoming: str
    """The names of the files that they give, as a pattern: ``claims_*.csv``; "" where none come."""
    outgoing: str
    """The name of a file for them, with ``{key}`` for the delivery's key: ``quarterday_claims_{key}.csv``; "" for
    none."""
    format: Format = Format.CSV
    sheet: str = ""
    """The sheet of a workbook; "" for its first."""
    header_row: int = 1
    """The row in which the header begins, the first is 1; what stands above it is skipped. 0 where there is none."""
    header_rows: int = 1
    columns: tuple[str, ...] = ()
    """The headers of a file for them, in order; all that the mapping names, where none are said."""
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    """As Python names it; reading ``utf-8-sig`` also takes UTF-8 without its mark."""
    items: str = ""
    """Of JSON the dotted path to the list of records; "" where the file is the list itself."""
    holds: Holds = Holds.ALL


class Style(StrEnum):
    """How a long list is given in parts."""

    NONE = "none"
    """It comes whole."""
    PAGE = "page"
    """By the page's number, until a page is short or empty."""
    CURSOR = "cursor"
    """By a cursor that each part gives for the next."""
    LINK = "link"
    """By the address of the next part, in the header ``Link`` with ``rel="next"``, or in the answer at ``next``."""


@dataclass(frozen=True, slots=True)
class Paging:
    """How to get from one part of a list to the next. Where something stands in an answer is a dotted path."""

    style: Style = Style.NONE
    parameter: str = ""
    """The query parameter of the page's number or of the cursor."""
    limit: str = ""
    """The query parameter of how many records a part has; "" where it can't be said."""
    size: int = 200
    """How many are asked for."""
    first: int = 1
    """The number of the first page."""
    next: str = ""
    """Where the next cursor, or the next address, stands in an answer."""
    more: str = ""
    """Where it stands whether there is more (true or false); "" where an empty ``next`` says it, or a short page."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that they give: where it is, and where its records stand in an answer."""

    path: str
    """Below the portal's address: ``/v1/entries``."""
    items: str = ""
    """Dotted path to the list in an answer; "" where the answer is the list."""
    record: str = ""
    """Dotted path to the record in one of its items; "" where the item is the record."""
    resource: str = ""
    """In a list of all changes: where the name of the item's resource stands in it."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Further query parameters, the same each time."""
    since: str = ""
    """The query parameter that asks for what was changed since a moment; "" where there is none. A list of changes
    that is paged by cursor goes on from the last cursor instead."""
    paging: Paging = Paging()


@dataclass(frozen=True, slots=True)
class Sending:
    """How records are sent, and what is said of each in the answer. Where something stands is a dotted path."""

    path: str
    """Where to; ``{id}`` stands for what they call the record, in ``update_path``."""
    method: str = "POST"
    update_path: str = ""
    """Where a record goes that they have already; "" where it goes to ``path``, too."""
    update_method: str = "PUT"
    items: str = ""
    """Where the records of a batch stand in what is sent; "" where a batch is the list itself."""
    batch: int = 1
    """How many go together; 1 where each goes alone, as the whole of what is sent."""
    send_field: str = ""
    """The field of a record that takes its idempotency key, or:"""
    send_header: str = ""
    """the header that takes the key of a request; "" where they keep none."""
    version_field: str = ""
    """The field of a record that takes the version it is to replace, or:"""
    version_header: str = ""
    """the header, like ``If-Match``; "" where nothing is held against it."""
    id_field: str = ""
    """The field of a record that takes what they call it; "" where it stands at the mapping's ``id`` or in the
    address."""
    answers: str = ""
    """Where the list of answers stands, one for each record; "" where the answer is that list, or of a record sent
    alone the answer to it."""
    answer_key: str = ""
    """Where our key stands in an answer; "" where the answers come in the order of the records."""
    answer_id: str = ""
    answer_version: str = ""
    answer_status: str = ""
    """Where it stands what became of the record; "" where the status of HTTP says it."""
    answer_why: str = ""
    taken: tuple[str, ...] = ()
    """The words of ``answer_status`` for a record that was taken."""
    overtaken: tuple[str, ...] = ()
    """Its words for a record that was changed there meanwhile; HTTP 409 and 412 say the same."""
    reference: str = ""
    """Where the answer says what they call the delivery; "" for nowhere."""


@dataclass(frozen=True, slots=True)
class Resource:
    """How the records of one kind are had and sent over an interface on the web."""

    name: str
    """What they call it, where one list has the changes of all: ``entries``."""
    listing: Listing | None = None
    """All that they hold now."""
    sending: Sending | None = None
    """None where nothing of the kind is sent."""
