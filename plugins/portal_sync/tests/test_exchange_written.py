"""Our files for a portal: whole, once, the same bytes each time, and harmless to whoever opens them."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from exchange_folders import HEADER, Exchange, going, mapping_in, names, row
from openpyxl import load_workbook

from quarterday import NotConfigured, RecordKind, Refused
from quarterday.plugin_settings import taken
from quarterday.services.places.place import Place
from quarterday.testing.places import KEY, SECRET, s3_server, sftp_server
from quarterday_portal_sync.mapping.file import PortalMapping
from quarterday_portal_sync.transports import folder_places
from quarterday_portal_sync.transports.folder import HIDDEN, Folder
from quarterday_portal_sync.transports.folder_settings import FolderPart
from quarterday_portal_sync.transports.port import Going

FILE = "quarterday_claims_batch-7.csv"


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path / "exchange")


@pytest.fixture
def mapping(tmp_path: Path) -> PortalMapping:
    return mapping_in(tmp_path)


def test_a_delivery_is_a_file_and_each_record_counts_as_taken(exchange: Exchange, mapping: PortalMapping) -> None:
    records = [going(5, mapping), going(6, mapping, quantity="7"), going(7, mapping)]
    sent = exchange.way(mapping).send(records, "batch-7")
    assert sent.reference == FILE
    assert [(one.key, one.external_id, one.why) for one in sent.answers] == [
        (f"entry/{n}", f"entry/{n}", "") for n in (5, 6, 7)
    ]
    content = exchange.written()[FILE]
    assert content == exchange.way(mapping).rehearse(records, "batch-7")
    assert content.decode("utf-8-sig").splitlines() == [
        "Claim no,Your ref,Agreement,Code,From,To,Amount,Share",
        ",entry/5,C-7,NT1,01/04/2026,30/06/2026,12.5,1/3",
        ",entry/6,C-7,NT1,01/04/2026,30/06/2026,7,1/3",
        ",entry/7,C-7,NT1,01/04/2026,30/06/2026,12.5,1/3",
    ]


def test_the_same_key_again_writes_nothing(exchange: Exchange, mapping: PortalMapping) -> None:
    records = [going(5, mapping)]
    first = exchange.way(mapping).send(records, "batch-7")
    (exchange.ours / FILE).unlink()
    assert exchange.way(mapping).send(records, "batch-7") == first
    assert exchange.written() == {}, "the portal had fetched it"
    with pytest.raises(Refused, match="written for this delivery with another content"):
        exchange.way(mapping).send([going(5, mapping, quantity="8")], "batch-7")
    exchange.way(mapping).send(records, "batch-8")
    assert list(exchange.written()) == ["quarterday_claims_batch-8.csv"]


class Stopped(Exception):
    """The process ends here."""


@pytest.mark.parametrize("step", range(3))
def test_a_stop_anywhere_leaves_one_whole_file(
    exchange: Exchange, mapping: PortalMapping, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laid down, receipt, moved: the process ends before one of the three."""
    steps = 0

    def stopping(self: Folder, place: Place, file: object) -> None:
        kind = type(place)

        def counted(name: str) -> None:
            real = getattr(kind, name)

            def method(here: Place, *said: object) -> object:
                nonlocal steps
                if steps == step:
                    raise Stopped
                steps += 1
                return real(here, *said)

            patched.setattr(kind, name, method)

        counted("write")
        counted("move")
        lay(self, place, file)  # type: ignore[arg-type]

    lay = Folder._lay
    with monkeypatch.context() as patched:
        patched.setattr(Folder, "_lay", stopping)
        with pytest.raises(Stopped):
            exchange.way(mapping).send([going(5, mapping)], "batch-7")
    assert exchange.written() == {}
    exchange.way(mapping).send([going(5, mapping)], "batch-7")
    assert list(exchange.written()) == [FILE]
    assert exchange.written()[FILE] == exchange.way(mapping).rehearse([going(5, mapping)], "batch-7")
    assert not (exchange.ours / HIDDEN / FILE).exists()


def test_no_cell_is_a_formula(exchange: Exchange, mapping: PortalMapping) -> None:
    formula = "=HYPERLINK(A1)"
    record = Going(RecordKind.ENTRY, "entry/5", "s", "", "", {"Claim no": formula, "Amount": "-12.5", "Share": "@x"})
    exchange.way(mapping).send([record], "batch-7")
    line = exchange.written()[FILE].decode("utf-8-sig").splitlines()[1]
    assert line == f"'{formula},,,,,,-12.5,'@x"


def test_a_workbook_is_the_same_bytes_each_time(exchange: Exchange, tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, ending="xlsx", files='format = "xlsx"\nsheet = "Claims"\nheader_row = 2')
    records = [going(5, mapping)]
    record = records[0]
    records.append(Going(record.kind, "entry/6", "s", "", "", {**record.row, "Share": "=1+1", "Amount": 7}))
    exchange.way(mapping).send(records, "batch-7")
    content = exchange.written()["quarterday_claims_batch-7.xlsx"]
    assert content == exchange.way(mapping).rehearse(records, "batch-7")
    sheet = load_workbook(BytesIO(content))["Claims"]
    assert [cell.value for cell in sheet[2]][:3] == ["Claim no", "Your ref", "Agreement"]
    assert (sheet["B3"].value, sheet["G3"].value, sheet["G4"].value) == ("entry/5", "12.5", 7)
    assert (sheet["H4"].value, sheet["H4"].data_type, sheet["H4"].quotePrefix) == ("=1+1", "s", True)


def test_a_header_in_two_rows_is_written_as_it_is_read(exchange: Exchange, tmp_path: Path) -> None:
    files = 'format = "csv"\ndelimiter = ";"\nheader_row = 2\nheader_rows = 2\nencoding = "cp1252"'
    above = {name: "Claim" if number < 2 else "Measured" for number, name in enumerate(HEADER.strip().split(","))}
    mapping = mapping_in(tmp_path, files=files, above=above)
    exchange.way(mapping).send([going(5, mapping)], "batch-7")
    content = exchange.written()[FILE]
    assert content.decode("cp1252").splitlines()[:3] == [
        ";;;;;;;",
        "Claim;;Measured;;;;;",
        "Claim no;Your ref;Agreement;Code;From;To;Amount;Share",
    ]


def test_what_a_file_can_not_hold_is_answered_and_the_others_go(exchange: Exchange, tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, files='format = "csv"\nencoding = "cp1252"')
    good, bad = going(5, mapping), going(6, mapping)
    bad = Going(bad.kind, bad.key, bad.send, "", "", {**bad.row, "Agreement": "☃ 7"})
    verdict = Going(RecordKind.VERDICT, "verdict/5", "s", "", "", {})
    sent = exchange.way(mapping).send([bad, good, verdict], "batch-7")
    assert [(one.key, one.external_id, one.why) for one in sent.answers] == [
        ("entry/6", "", "It has the sign “☃”, which the portal's files can't hold."),
        ("entry/5", "entry/5", ""),
        ("verdict/5", "", "No file for the portal holds this kind of record."),
    ]
    assert b"entry/6" not in exchange.written()[FILE]
    assert exchange.way(mapping).send([verdict], "batch-8").reference == ""
    assert list(exchange.written()) == [FILE]


def test_any_key_gives_a_name_of_its_own(exchange: Exchange, mapping: PortalMapping) -> None:
    keys = ["../../etc/passwd", "a/b", "a b", "a\nb", "x" * 300, "x" * 299, "ä"]
    for key in keys:
        exchange.way(mapping).send([going(5, mapping)], key)
    written = list(exchange.written())
    assert len(written) == len(keys)
    assert all(name.startswith("quarterday_claims_") and len(name) < 150 for name in written)
    assert sorted(path.name for path in exchange.folder.iterdir()) == ["ours", "theirs"]


def test_json_has_its_list_where_it_stands(exchange: Exchange, tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, ending="json", files='format = "json"\nitems = "data.claims"')
    exchange.way(mapping).send([going(5, mapping)], "batch-7")
    data = json.loads(exchange.written()["quarterday_claims_batch-7.json"])
    assert data["data"]["claims"][0]["Your ref"] == "entry/5"


def test_an_exchange_on_servers(exchange: Exchange, mapping: PortalMapping, tmp_path: Path) -> None:
    """Sent twice, fetched away, and the portal's own read: by SFTP, and in a bucket."""
    exchange.put("claims_1.csv", HEADER + row(1))
    with (
        sftp_server(exchange.folder.parent, tmp_path / "key") as (port, host_key, _),
        s3_server(exchange.folder.parent) as s3,
    ):
        signed_in = {"exchange_user": KEY, "exchange_password": SECRET}
        sftp = {**signed_in, "exchange_folder": f"sftp://127.0.0.1:{port}/exchange", "exchange_host_key": host_key}
        bucket = {**signed_in, "exchange_folder": "s3://exchange", "exchange_storage": s3}
        for number, said in enumerate((sftp, bucket)):
            key, name = f"batch-{number}", f"quarterday_claims_batch-{number}.csv"
            way = exchange.way(mapping, **said)
            assert names(list(way.changed(""))) == names(list(way.listed())) == ["entry CL-1"]
            way.send([going(5, mapping)], key)
            assert exchange.written()[name] == way.rehearse([going(5, mapping)], key)
            (exchange.ours / name).unlink()
            way.send([going(5, mapping)], key)
            assert name not in exchange.written()
            with pytest.raises(Refused, match="another content"):
                way.send([going(6, mapping)], key)


def test_what_is_missing_among_the_settings_is_named(mapping: PortalMapping) -> None:
    sftp: dict[str, object] = {"exchange_folder": "sftp://files.example.org/portal"}
    bucket: dict[str, object] = {"exchange_folder": "s3://portal"}
    key = {"exchange_host_key": "ssh-ed25519 AAAA"}
    missing: list[tuple[dict[str, object], str]] = [
        ({}, "exchange_folder"),
        (sftp, "exchange_host_key"),
        ({**sftp, **key}, "exchange_user"),
        ({**sftp, **key, "exchange_user": "council"}, "exchange_password"),
        (bucket, "exchange_user"),
        ({**bucket, "exchange_user": "council"}, "exchange_password"),
    ]
    for said, field in missing:
        with pytest.raises(NotConfigured) as error:
            Folder(FolderPart.model_validate(said), mapping).send(
                [Going(RecordKind.ENTRY, "entry/5", "s", "", "", {"Claim no": "1"})], "batch-7"
            )
        assert error.value.field == field


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("exchange_folder", "portal", "write a whole path"),
        ("exchange_folder", "ftp://files.example.org/portal", "write a whole path"),
        ("exchange_folder", "sftp://:22/portal", "write a whole path"),
        ("exchange_folder", "sftp://council:secret@files.example.org/portal", "leave name and password out"),
        ("exchange_theirs", "../others", "name a folder in the exchange folder"),
        ("exchange_ours", "/srv", "name a folder in the exchange folder"),
        ("exchange_host_key", "files.example.org ssh-ed25519 AAAA", "without the server's name"),
        ("exchange_storage", "storage", "write its whole address"),
    ],
)
def test_a_wrong_setting_says_what_to_write(name: str, value: str, why: str) -> None:
    with pytest.raises(NotConfigured, match=why) as error:
        taken(FolderPart, {name: value})
    assert error.value.field == name


def test_an_address_names_a_folder_or_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    monkeypatch.setattr("quarterday.services.places.sftp.sftp_place", opened.append)
    monkeypatch.setattr("quarterday.services.places.bucket.bucket_place", opened.append)
    said = {"exchange_user": "council", "exchange_password": "x", "exchange_host_key": "ssh-ed25519 AAAA"}
    for address in (
        "sftp://files.example.org:2022/in%20out",
        "sftp://files.example.org/~/portal",
        "s3://b/a/c/",
        "s3://b",
    ):
        settings = FolderPart.model_validate({"exchange_folder": address, "exchange_theirs": "out", **said})
        folder_places.theirs(settings)
        folder_places.whole(settings)
    found = [(one.host, one.port, one.folder) if hasattr(one, "host") else (one.name, one.prefix) for one in opened]  # type: ignore[attr-defined]
    assert found == [
        ("files.example.org", 2022, "/in out/out"),
        ("files.example.org", 2022, "/in out"),
        ("files.example.org", 22, "portal/out"),
        ("files.example.org", 22, "portal"),
        ("b", "a/c/out/"),
        ("b", "a/c/"),
        ("b", "out/"),
        ("b", ""),
    ]
