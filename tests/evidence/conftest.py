"""Small real files of every type that is kept, and a store to keep them in."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from quarterday.evidence import Store

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n"
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xff\xdb\x00\x43\0" + b"\1" * 64
    + b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\0\0\x3f\0\xd2\xcf\x20\xff\xd9"
)  # fmt: skip
MAIL = b"""Return-Path: <office@harbour.example>
Received: from mail.harbour.example by mx.northmoor.example;
\tWed, 1 Jul 2026 09:30:00 +0100
From: office@harbour.example
To: returns@northmoor.example
Subject: Apprentices in the spring quarter
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b1"

--b1
Content-Type: text/html

<html><p>Two apprentices began.</p></html>
--b1
Content-Type: application/pdf
Content-Disposition: attachment; filename="letter.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b1--
"""
CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/></Types>'
)
MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)

Parts = Mapping[str, str | bytes]


def zipped(parts: Parts) -> bytes:
    """A zip of those parts, deflated, in that order."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def ooxml_parts(part: str, kind: str) -> dict[str, str | bytes]:
    return {"[Content_Types].xml": CONTENT_TYPES.format(part=part, kind=kind), part: "<document/>"}


def odf_parts(kind: str) -> dict[str, str | bytes]:
    return {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": "<office:document-content/>",
        "META-INF/manifest.xml": MANIFEST,
    }


def png(width: int = 1, height: int = 1) -> bytes:
    """A grey PNG; only for one dot is the picture itself that large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))

    head = struct.pack("!IIBBBBB", width, height, 8, 0, 0, 0, 0)
    packed = zlib.compress(b"\0\x80")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.fixture(scope="session")
def zipping() -> Callable[[Parts], bytes]:
    return zipped


@pytest.fixture(scope="session")
def picture() -> Callable[[int, int], bytes]:
    """Makes a PNG that says it is so many dots wide and high."""
    return png


@pytest.fixture(scope="session")
def docx_parts() -> dict[str, str | bytes]:
    return ooxml_parts("word/document.xml", "wordprocessingml.document")


@pytest.fixture(scope="session")
def ods_parts() -> dict[str, str | bytes]:
    return odf_parts("spreadsheet")


@pytest.fixture(scope="session")
def samples(docx_parts: Parts, ods_parts: Parts) -> dict[str, bytes]:
    """One small file of every type, by its name."""
    return {
        "letter.pdf": PDF,
        "photo.png": png(),
        "photo.jpg": JPEG,
        "report.docx": zipped(docx_parts),
        "hours.xlsx": zipped(ooxml_parts("xl/workbook.xml", "spreadsheetml.sheet")),
        "report.odt": zipped(odf_parts("text")),
        "hours.ods": zipped(ods_parts),
        "apprentices.eml": MAIL,
        "hours.csv": b"date,hours\n2026-04-01,7.5\n",
        "notes.txt": "Café opened, £1,200 given.\r\n".encode("cp1252"),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the store of :func:`store` keeps its files."""
    return tmp_path / "evidence"


@pytest.fixture
def store(folder: Path) -> Store:
    return Store(str(folder))
