"""The types of file that are kept as evidence: what each is called, and how its name ends when it is handed out."""

from __future__ import annotations

from dataclasses import dataclass

from quarterday.domain.sentences import said


@dataclass(frozen=True, slots=True)
class FileType:
    """One type of file. The first of its endings is given to a file whose name has none of them."""

    media_type: str
    endings: tuple[str, ...]


PDF = FileType("application/pdf", (".pdf",))
PNG = FileType("image/png", (".png",))
JPEG = FileType("image/jpeg", (".jpg", ".jpeg", ".jpe", ".jfif"))
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",))
XLSX = FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",))
ODT = FileType("application/vnd.oasis.opendocument.text", (".odt",))
ODS = FileType("application/vnd.oasis.opendocument.spreadsheet", (".ods",))
EMAIL = FileType("message/rfc822", (".eml",))
CSV = FileType("text/csv", (".csv",))
TEXT = FileType("text/plain", (".txt",))

BY_MEDIA_TYPE = {one.media_type: one for one in (PDF, PNG, JPEG, DOCX, XLSX, ODT, ODS, EMAIL, CSV, TEXT)}

ACCEPTED = said("a PDF, PNG, JPEG, .docx, .xlsx, .odt, .ods, CSV or text file, or an e-mail (.eml)")
"""What a person is told may be attached."""
