"""What is kept as evidence and what isn't, by content: each refusal has a file that is refused for just that."""

from __future__ import annotations

import codecs
import struct
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.errors import Refused
from quarterday.evidence.content import type_of
from quarterday.evidence.file_types import BY_MEDIA_TYPE
from quarterday.evidence.mail import MOST_LINES, MOST_PARTS
from quarterday.evidence.office import MOST_UNPACKED

Parts = Mapping[str, str | bytes]
Zipping = Callable[[Parts], bytes]
NAMES = [
    "letter.pdf", "photo.png", "photo.jpg", "report.docx", "hours.xlsx", "report.odt", "hours.ods", "apprentices.eml",
    "hours.csv", "notes.txt",
]  # fmt: skip


def media_type(content: bytes, name: str = "it") -> str:
    return type_of(BytesIO(content), name).media_type


def refused(content: bytes, name: str = "it") -> str:
    """The sentence with which a file is refused; it begins with what is refused and ends as a sentence does."""
    with pytest.raises(Refused) as why:
        type_of(BytesIO(content), name)
    sentence = str(why.value)
    assert name in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("name", NAMES)
def test_a_type_is_told_by_content_alone(name: str, samples: dict[str, bytes]) -> None:
    ending = "." + name.rpartition(".")[2]
    assert ending in BY_MEDIA_TYPE[media_type(samples[name], name)].endings
    if ending != ".csv":  # a CSV is a text that says of itself that it is a table, and nothing more
        assert media_type(samples[name], "invoice.exe") == media_type(samples[name], name)


def test_every_type_has_a_sample(samples: dict[str, bytes]) -> None:
    assert {media_type(content, name) for name, content in samples.items()} == set(BY_MEDIA_TYPE)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ\x90\0\3\0\0\0", "is a program"),
        (b"\x7fELF\2\1\1\0", "is a program"),
        (b"\xca\xfe\xba\xbe\0\0\0\x34", "is a program"),
        (b"\xcf\xfa\xed\xfe\7\0\0\1", "is a program"),
        (b"L\0\0\0\1\x14\2\0\0\0\0\0", "is a program"),
        (b"#!/bin/sh\nrm -r /\n", "is a program or a script"),
        (b"@echo off\r\ndel *.*\r\n", "is a program or a script"),
        (b"[InternetShortcut]\r\nURL=file://evil\r\n", "is a program or a script"),
        (codecs.BOM_UTF16_LE + "Windows Registry Editor Version 5.00\r\n".encode("utf-16-le"), "is a program or a scr"),
        (b"7z\xbc\xaf\x27\x1c\0\4", "is an archive"),
        (b"Rar!\x1a\x07\1\0", "is an archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "is an archive"),
        (b"\xfd7zXZ\0\0\4", "is an archive"),
        (b"notes.txt".ljust(257, b"\0") + b"ustar\0" + b"00", "is an archive"),
        (b"PK\5\6" + b"\0" * 18, "is an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "old Office file"),
        (b"{\\rtf1 Hello}", "RTF"),
        (b"%!PS-Adobe-3.0\n", "PostScript"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "recording"),
        (b"GIF89a\1\0\1\0", "picture of another kind"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "picture of another kind"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "web page"),
        (b"  \r\n<html>", "web page"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing (SVG)"),
        (codecs.BOM_UTF8 + b"<?xml version='1.0'?><svg/>", "drawing (SVG)"),
        (codecs.BOM_UTF16_BE + "<html>".encode("utf-16-be"), "web page"),
        (b"<?php system($_GET['x']); ?>", "markup"),
        (b"<%@ page import='java.io.*' %>", "markup"),
        (b"", "is empty"),
        (b" \r\n\t\r\n", "is empty"),
        (codecs.BOM_UTF8, "is empty"),
        (b"Supplier,Amount\r\nA\0cme Ltd,10.00\r\n", "isn't a PDF, PNG"),
        (b"Supplier\x1b[2J\n", "isn't a PDF, PNG"),
        (bytes(range(256)) * 4, "isn't a PDF, PNG"),
        (b"a" * 70_000 + b"\0", "isn't a PDF, PNG"),
        (codecs.BOM_UTF16_LE + b"a\0b", "says it is UTF-16"),
    ],
)  # fmt: skip
def test_what_is_not_evidence_is_refused_with_what_to_do(content: bytes, said: str) -> None:
    assert said in refused(content, "invoice.pdf")


@pytest.mark.parametrize(
    "text",
    [
        "MZ Engineering Ltd, 3 apprentices",
        "id3 is how we label hires",
        "Date: 1 July\n3 < 4 hires\n",
        "BM Services\n",
        "<3 from all of us",
        "Caf\u00e9, \u00a31,200",
        "emoji \U0001f600 and \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    ],
)
def test_an_honest_text_is_kept_in_any_encoding(text: str) -> None:
    for encoded in (text.encode(), codecs.BOM_UTF8 + text.encode(), codecs.BOM_UTF16_LE + text.encode("utf-16-le")):
        assert media_type(encoded) == "text/plain"


class TestPictures:
    def test_one_that_unpacks_to_too_much_is_refused(self, picture: Callable[[int, int], bytes]) -> None:
        assert media_type(picture(20_000, 10_000)) == "image/png"
        assert "20,001 × 10,000 dots" in refused(picture(20_001, 10_000))

    def test_a_jpeg_that_unpacks_to_too_much_is_refused(self, samples: dict[str, bytes]) -> None:
        one_dot = b"\x08" + struct.pack("!HH", 1, 1)
        vast = samples["photo.jpg"].replace(one_dot, b"\x08" + struct.pack("!HH", 65_000, 65_000))
        assert "65,000 × 65,000 dots" in refused(vast)

    @pytest.mark.parametrize("name", ["photo.png", "photo.jpg"])
    def test_one_that_is_cut_off_is_refused(self, name: str, samples: dict[str, bytes]) -> None:
        assert "damaged" in refused(samples[name][:20])

    def test_one_that_only_begins_as_a_png_is_refused(self, picture: Callable[[int, int], bytes]) -> None:
        assert "damaged" in refused(picture(1, 1).replace(b"IHDR", b"IDAT", 1))

    def test_one_without_any_dot_is_refused(self, picture: Callable[[int, int], bytes]) -> None:
        assert "damaged" in refused(picture(0, 10))

    @pytest.mark.parametrize("content", [b"\xff\xd8\xff\xd9", b"\xff\xd8\xff\xe0\0\0", b"\xff\xd8\xff\xe0\0\4ab;"])
    def test_one_that_only_begins_as_a_jpeg_is_refused(self, content: bytes) -> None:
        assert "damaged" in refused(content)


class TestPdfs:
    @pytest.mark.parametrize("lock", [b"/Encrypt 5 0 R", b"/Encrypt<</Filter/Standard>>", b"/Encrypt\n12 0 R"])
    def test_a_locked_one_is_refused(self, lock: bytes, samples: dict[str, bytes]) -> None:
        locked = samples["letter.pdf"].replace(b"/Size 4", b"/Size 4" + lock)
        assert "locked" in refused(locked)

    def test_the_lock_is_found_where_two_parts_meet(self, samples: dict[str, bytes]) -> None:
        padding = b"%" * (2**18 - len(samples["letter.pdf"]) - 4) + b"\n"
        assert "locked" in refused(samples["letter.pdf"] + padding + b"/Encrypt 5 0 R")

    def test_one_that_speaks_of_locks_is_kept(self, samples: dict[str, bytes]) -> None:
        assert media_type(samples["letter.pdf"] + b"% /Encrypt and /EncryptMetadata true") == "application/pdf"


class TestOffice:
    def test_a_zip_of_anything_is_refused(self, zipping: Zipping) -> None:
        assert "is an archive" in refused(zipping({"notes.txt": "hello"}))

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("wordprocessingml.document.main+xml", "presentationml.presentation.main+xml", "of another kind"),
            ("openxmlformats-officedocument.wordprocessingml.document", "ms-word.document.macroEnabled", "macros"),
            ("</Types>", '<Override ContentType="application/vnd.ms-excel.macrosheet+xml"/></Types>', "macros"),
        ],
    )
    def test_an_office_file_of_another_kind_is_refused(
        self, docx_parts: Parts, zipping: Zipping, old: str, new: str, said: str
    ) -> None:
        contents = str(docx_parts["[Content_Types].xml"])
        assert said in refused(zipping({**docx_parts, "[Content_Types].xml": contents.replace(old, new)}))

    def test_an_open_document_of_another_kind_is_refused(self, ods_parts: Parts, zipping: Zipping) -> None:
        slides = {**ods_parts, "mimetype": "application/vnd.oasis.opendocument.presentation"}
        assert "of another kind" in refused(zipping(slides))

    @pytest.mark.parametrize(
        ("part", "content", "said"),
        [
            ("../../outside.txt", "x", "unpacked elsewhere"),
            ("/outside.txt", "x", "unpacked elsewhere"),
            ("C:\\outside.txt", "x", "unpacked elsewhere"),
            ("word/..\\..\\outside.txt", "x", "unpacked elsewhere"),
            ("WORD/Document.xml", "<document/>", "two parts under one name"),
            ("word/vbaProject.bin", b"\xd0\xcf", "macros"),
            ("word/embeddings/setup.bin", b"MZ\x90\0\3\0", "A part of it is a program"),
            ("word/extra.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a/>', "XML entities"),
            ("word/extra.xml", codecs.BOM_UTF16_LE + "<!ENTITY".encode("utf-16-le"), "XML entities"),
            ("word/extra.xml", "<a>" + " " * (2**18 - 8) + "<!ENTITY", "XML entities"),
            ("word/media/vast.bmp", b"\0" * 2**24, "unpacks to more"),
        ],
    )  # fmt: skip
    def test_a_document_with_a_bad_part_is_refused(
        self, docx_parts: Parts, zipping: Zipping, part: str, content: str | bytes, said: str
    ) -> None:
        assert said in refused(zipping({**docx_parts, part: content}))

    @pytest.mark.parametrize(
        ("part", "content", "said"),
        [
            ("Basic/Standard/Module1.xml", "<script/>", "macros"),
            ("Scripts/python/run.py", "print()", "macros"),
            ("META-INF/manifest.xml", "<manifest:encryption-data/>", "has a password"),
            ("encrypted-package", b"\x01\x02", "has a password"),
        ],
    )
    def test_an_open_document_with_a_bad_part_is_refused(
        self, ods_parts: Parts, zipping: Zipping, part: str, content: str | bytes, said: str
    ) -> None:
        assert said in refused(zipping({**ods_parts, part: content}))

    def test_an_open_document_with_an_empty_list_of_macros_is_kept(self, ods_parts: Parts, zipping: Zipping) -> None:
        ordinary = zipping({**ods_parts, "Basic/Standard/script-lb.xml": "<a/>", "Basic/script-lc.xml": "<a/>"})
        assert media_type(ordinary) == "application/vnd.oasis.opendocument.spreadsheet"

    def test_a_part_that_points_elsewhere_is_refused(self, docx_parts: Parts) -> None:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            for name, content in docx_parts.items():
                archive.writestr(name, content)
            link = zipfile.ZipInfo("word/link.xml")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        assert "unpacked elsewhere" in refused(packed.getvalue())

    def test_a_packing_that_unpacks_in_one_go_is_refused(self, docx_parts: Parts) -> None:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as archive:
            for name, content in docx_parts.items():
                archive.writestr(name, content)
        assert "packed as no Office program does it" in refused(packed.getvalue())

    def test_a_locked_part_is_refused(self, samples: dict[str, bytes]) -> None:
        locked = bytearray(samples["report.docx"])
        entry = locked.rindex(b"PK\1\2")
        locked[entry + 8] |= 1
        assert "has a password" in refused(bytes(locked))

    def test_one_that_unpacks_to_too_much_in_all_is_refused(self, docx_parts: Parts) -> None:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in docx_parts.items():
                archive.writestr(name, content)
            for number in range(MOST_UNPACKED // 2**20):
                archive.writestr(f"word/media/{number}.bin", b"\0" * 2**20)
        assert "unpacks to more" in refused(packed.getvalue())

    def test_one_with_too_many_parts_is_refused(self, docx_parts: Parts, zipping: Zipping) -> None:
        assert "unpacks to more" in refused(zipping({**docx_parts, **{f"word/{n}.xml": "" for n in range(1_000)}}))

    @pytest.mark.parametrize("name", ["report.docx", "hours.ods"])
    def test_a_damaged_one_is_refused(self, name: str, samples: dict[str, bytes]) -> None:
        whole = samples[name]
        assert "damaged" in refused(whole[:-30])
        body = whole.index(b"xml") + 5
        assert "damaged" in refused(
            whole[:body] + bytes(255 - byte for byte in whole[body : body + 20]) + whole[body + 20 :]
        )

    def test_a_size_that_is_a_lie_is_found(self, docx_parts: Parts, zipping: Zipping) -> None:
        packed = bytearray(zipping({**docx_parts, "word/media/a.bin": b"a" * 5_000}))
        entry = packed.rindex(b"PK\1\2")
        packed[entry + 24 : entry + 28] = struct.pack("<I", 50)
        assert "damaged" in refused(bytes(packed))


class TestMails:
    @pytest.mark.parametrize(
        ("attached", "said"),
        [
            (b"TVqQAAMAAAAEAAAA", "is a program"),  # MZ
            (b"N3q8ryccAAQ=", "is an archive"),  # 7z
            (b"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==", "is an archive"),  # an empty zip
            (b"PGh0bWw+PHNjcmlwdD4=", "is a web page"),  # <html><script>
        ],
    )
    def test_a_bad_attachment_is_refused(self, attached: bytes, said: str, samples: dict[str, bytes]) -> None:
        sentence = refused(samples["apprentices.eml"].replace(b"JVBERi0xLjQK", attached), "apprentices.eml")
        assert sentence.startswith("An attachment of apprentices.eml")
        assert said in sentence

    @pytest.mark.parametrize("sealed", [b"application/pkcs7-mime", b"multipart/encrypted"])
    def test_a_sealed_one_is_refused(self, sealed: bytes, samples: dict[str, bytes]) -> None:
        assert "encrypted" in refused(samples["apprentices.eml"].replace(b"multipart/mixed", sealed))

    @pytest.mark.parametrize(
        "more",
        [
            b"Content-Type: message/rfc822\n\nFrom: a@b.example\n" * 200,
            b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * 200,
            b"\n" * (MOST_LINES + 1),
        ],
        ids=["e-mails within e-mails", "parts", "lines"],
    )
    def test_one_without_end_is_refused(self, more: bytes) -> None:
        assert "more than any e-mail" in refused(b"From: a@b.example\nSubject: x\n" + more)

    def test_one_is_known_by_fields_of_several_lines(self) -> None:
        assert media_type(b"Subject: Apprentices\n\tin the spring\nFrom: a@b.example\n\nTwo.\n") == "message/rfc822"

    def test_one_with_many_parts_is_kept(self) -> None:
        parts = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n" * (MOST_PARTS - 2)
        assert media_type(b"From: a@b.example\nSubject: x\n" + parts) == "message/rfc822"

    @pytest.mark.parametrize(
        "text",
        [b"Date: 1 July\nWe met.\n", b"Subject, From\nx, y\n", b"Subject: only this\n\nFrom: me\n", b"From me\n"],
    )
    def test_a_text_that_only_resembles_one_is_a_text(self, text: bytes) -> None:
        assert media_type(text) == "text/plain"


@given(st.data())
def test_whatever_is_sent_gets_an_answer(samples: dict[str, bytes], data: st.DataObject) -> None:
    """A file with bytes changed, put in or cut off is of an accepted type, or refused; nothing else is ever raised."""
    content = bytearray(samples[data.draw(st.sampled_from(sorted(samples)))])
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=8))
    with suppress(Refused):
        assert media_type(bytes(content)) in BY_MEDIA_TYPE
