"""What each source of spend files does where its place is odd: half-written files, wrong keys, servers that hang."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Generator, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar, cast

import paramiko
import pytest
from feed_servers import Site, web_site

from quarterday import BadRecord, EvidenceSource, Item, NotConfigured, Refused, Retryable
from quarterday.services.places import servers, sftp
from quarterday.services.places.place import is_wanted
from quarterday.testing.places import KEY, SECRET, s3_server, sftp_server
from quarterday_erp_import.feeds import web
from quarterday_erp_import.feeds.addresses import addresses
from quarterday_erp_import.feeds.bucket import SpendBucket
from quarterday_erp_import.feeds.folder import SpendFolder
from quarterday_erp_import.feeds.sftp import SpendSftp
from quarterday_erp_import.feeds.web import SpendWeb

OLD = 1_700_000_000


Source = TypeVar("Source", bound=EvidenceSource)


def made(kind: type[Source], **said: object) -> Source:
    return kind(kind.settings_class()(**said))


def found(source: EvidenceSource) -> list[tuple[str, str]]:
    """The feed and name of each file."""
    return [(one.payload["feed"], one.payload["name"]) for one in source.items("") if isinstance(one, Item)]


def test_a_folder_gives_what_is_whole_and_wanted(tmp_path: Path) -> None:
    for name in ("june.csv", "cards/may.csv", "cards/2025/old.csv", ".hidden/a.csv", "~$june.xlsx", "july.csv.part"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("spend")
        os.utime(tmp_path / name, (OLD, OLD))
    (tmp_path / "being-written.csv").write_text("half")
    (tmp_path / "empty.csv").touch()
    os.utime(tmp_path / "empty.csv", (OLD, OLD))
    (tmp_path / "link.csv").symlink_to("/etc/hostname")
    os.mkdir(tmp_path / "odd")
    for name in (b"odd/caf\xe9.csv", b"odd/a\nb.csv"):
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"spend")
        os.utime(os.path.join(os.fsencode(tmp_path), name), (OLD, OLD))
    folder = made(SpendFolder, spend_folder=tmp_path)
    assert found(folder) == [("cards", "old.csv"), ("cards", "may.csv"), ("spend", "june.csv")]
    odd = [one for one in folder.items("") if isinstance(one, BadRecord)]
    assert [one.key for one in odd] == ["odd/a\\xab.csv", "odd/caf\\xdce9.csv"]
    assert {str(one.why) for one in odd} == {"Its name has signs that are no text; give it another name."}
    assert [name for name in ("a.CSV", "Thumbs.db", "a.tmp", "x/.b", "a.filepart") if is_wanted(name)] == ["a.CSV"]


def test_a_file_that_changes_while_it_is_read_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "june.csv").write_bytes(b"x" * 3_000_000)
    os.utime(tmp_path / "june.csv", (OLD, OLD))
    folder = made(SpendFolder, spend_folder=tmp_path)
    (item,) = (one for one in folder.items("") if isinstance(one, Item))
    pieces = folder.content(item)
    next(pieces)
    with (tmp_path / "june.csv").open("ab") as file:
        file.write(b"more")
    with pytest.raises(Refused, match="changed while it was read"):
        list(pieces)
    os.utime(tmp_path / "june.csv", (OLD, OLD))
    assert [one.key for one in folder.items("")] != [item.key]


def test_a_file_that_became_a_link_to_another_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "spend").mkdir()
    june, other = tmp_path / "spend" / "june.csv", tmp_path / "other.txt"
    for path in (june, other):
        path.write_text("spend")
        os.utime(path, (OLD, OLD))
    folder = made(SpendFolder, spend_folder=tmp_path / "spend")
    (item,) = (one for one in folder.items("") if isinstance(one, Item))
    june.unlink()
    june.symlink_to(other)
    with pytest.raises(Refused, match="The file can't be read"):
        list(folder.content(item))
    june.unlink()
    os.mkfifo(june)
    with pytest.raises(Refused, match="changed while it was read"):
        list(folder.content(item))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What servers serve: a bucket or folder “finance” with one file."""
    root = tmp_path_factory.mktemp("served")
    (root / "finance").mkdir()
    (root / "finance" / "june.csv").write_text("june")
    os.utime(root / "finance" / "june.csv", (OLD, OLD))
    return root


def test_an_sftp_server_is_trusted_by_its_key_and_signed_in_to(served: Path, tmp_path: Path) -> None:
    mine, other = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    mine.write_private_key_file(str(tmp_path / "mine"))
    (tmp_path / "authorized").write_text(f"{mine.get_name()} {mine.get_base64()}\n")
    with sftp_server(served, tmp_path / "key", "--authorized-keys", tmp_path / "authorized") as (port, key, _):
        said = {"sftp_host": "127.0.0.1", "sftp_port": port, "sftp_host_key": key, "sftp_user": KEY}
        said |= {"sftp_folder": "finance"}
        assert found(made(SpendSftp, **said, sftp_password=SECRET)) == [("spend", "june.csv")]
        assert found(made(SpendSftp, **said, sftp_key=(tmp_path / "mine").read_text())) == [("spend", "june.csv")]
        wrong = {
            "The server has another key": {"sftp_host_key": f"{other.get_name()} {other.get_base64()}"},
            "It is no key": {"sftp_host_key": "ssh-ed25519 AAAA"},
            "doesn't let “quarterday” in": {"sftp_password": "guessed"},
            "no private key that can be read": {"sftp_key": "a key"},
            "There is no folder “accounts”": {"sftp_folder": "accounts"},
        }
        for why, change in wrong.items():
            with pytest.raises(NotConfigured, match=why):
                found(made(SpendSftp, **{**said, "sftp_password": SECRET, **change}))


def test_a_server_that_says_nothing_is_left_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sftp, web):
        for name in ("CONNECT_SECONDS", "SILENT_SECONDS"):
            monkeypatch.setattr(module, name, 0.2)
    key = paramiko.ECDSAKey.generate()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        said = {"sftp_host": "127.0.0.1", "sftp_port": port, "sftp_host_key": f"{key.get_name()} {key.get_base64()}"}
        with pytest.raises(Retryable, match="can't be reached, or broke off"):
            found(made(SpendSftp, **said, sftp_user=KEY))
        with pytest.raises(Retryable, match="doesn't answer"):
            found(made(SpendWeb, web_addresses=f"spend=http://127.0.0.1:{port}/"))


def test_a_server_that_hangs_in_the_middle_of_a_file_is_left(served: Path, tmp_path: Path) -> None:
    (served / "large").mkdir()
    (served / "large" / "year.csv").write_bytes(b"x" * 8_000_000)
    os.utime(served / "large" / "year.csv", (OLD, OLD))
    with sftp_server(served, tmp_path / "key") as (port, key, process):
        said = {"sftp_host": "127.0.0.1", "sftp_port": port, "sftp_host_key": key, "sftp_user": KEY}
        source = made(SpendSftp, **said, sftp_password=SECRET, sftp_folder="large")
        (item,) = (one for one in source.items("") if isinstance(one, Item))
        pieces = cast("Generator[bytes, None, None]", source.content(item))
        next(pieces)
        process.send_signal(signal.SIGSTOP)
        channel = pieces.gi_frame.f_locals["place"]._files.get_channel()
        channel.settimeout(0.3)  # in place of half a minute
        try:
            with pytest.raises(Retryable, match="doesn't answer"):
                list(pieces)
        finally:
            process.send_signal(signal.SIGCONT)


def test_storage_that_refuses_says_what_to_look_at(served: Path) -> None:
    with s3_server(served) as address:
        said = {"s3_bucket": "finance", "s3_address": address, "s3_key": KEY, "s3_secret": SECRET}
        assert found(made(SpendBucket, **said)) == [("spend", "june.csv")]
        for folder, name in (("fin", "june.csv"), ("fin/cards", "may.csv")):
            (served / "finance" / folder).mkdir()
            (served / "finance" / folder / name).write_text(name)
        deeper = made(SpendBucket, **said, s3_folder="fin")
        assert sorted(found(deeper)) == [("cards", "may.csv"), ("spend", "june.csv")]
        for item in deeper.items(""):
            assert isinstance(item, Item)
            assert b"".join(deeper.content(item)).decode() == item.payload["name"]
        for change in ({"s3_bucket": "accounts"}, {"s3_secret": "guessed"}):
            with pytest.raises(NotConfigured, match="The storage refuses"):
                found(made(SpendBucket, **{**said, **change}))
    with pytest.raises(NotConfigured, match="It is no address"):
        found(made(SpendBucket, **{**said, "s3_address": "storage"}))


@pytest.fixture
def site() -> Iterator[Site]:
    with web_site() as site:
        site.files = {f"/files/{name}": name.encode() for name in ("may.csv", "june.csv", "notes.pdf")}
        site.page("june.csv", "may.csv", "notes.pdf", "june.csv")
        yield site


def test_a_page_gives_the_tables_it_links_to(site: Site) -> None:
    spend = made(SpendWeb, web_addresses=f"cards={site.url}/spending")
    assert found(spend) == [("cards", "may.csv"), ("cards", "june.csv")], "the page has the newest first"
    site.has_head = False
    assert found(spend) == [("cards", "may.csv"), ("cards", "june.csv")]
    assert found(made(SpendWeb, web_addresses=f"a={site.url}/spending", web_links="notes")) == [("a", "notes.pdf")]
    assert found(made(SpendWeb, web_addresses=f"a={site.url}/files/may.csv")) == [("a", "may.csv")]


def test_of_a_long_page_the_first_and_the_last_are_looked_at(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_LINKS", 4)
    names = [f"{number}.csv" for number in range(9)]
    site.files = {f"/files/{name}": b"spend" for name in names}
    for number, given in ((9, "8 7 1 0"), (5, "4 3 1 0"), (4, "3 2 1 0"), (2, "1 0")):
        site.page(*names[:number])
        spend = made(SpendWeb, web_addresses=f"a={site.url}/spending")
        assert " ".join(name[:1] for _, name in found(spend)) == given


def test_what_a_site_answers_says_who_should_act(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    spend = made(SpendWeb, web_addresses=f"gone={site.url}/gone spend={site.url}/spending")
    items = spend.items("")
    assert [one.payload["name"] for one in (next(items), next(items)) if isinstance(one, Item)]
    with pytest.raises(NotConfigured, match="There is no page"):
        next(items)
    site.statuses["/spending"] = 503
    with pytest.raises(Retryable, match="status 503") as later:
        found(made(SpendWeb, web_addresses=f"a={site.url}/spending"))
    assert later.value.after == 1200
    site.statuses["/spending"] = 401
    with pytest.raises(NotConfigured, match="status 401"):
        found(made(SpendWeb, web_addresses=f"a={site.url}/spending"))
    del site.statuses["/spending"]
    site.page()
    with pytest.raises(NotConfigured, match="links to no file"):
        found(made(SpendWeb, web_addresses=f"a={site.url}/spending"))
    monkeypatch.setattr(web, "MOST_PAGE", 10)
    with pytest.raises(NotConfigured, match="larger than any page"):
        found(made(SpendWeb, web_addresses=f"a={site.url}/spending"))


def test_a_file_that_breaks_off_is_fetched_again(site: Site) -> None:
    spend = made(SpendWeb, web_addresses=f"a={site.url}/spending")
    item = next(one for one in spend.items("") if isinstance(one, Item))
    assert b"".join(spend.content(item)) == b"may.csv"
    site.statuses["/files/may.csv"] = 403
    with pytest.raises(Refused, match="isn't given out \\(status 403\\)"):
        list(spend.content(item))
    assert [type(one) for one in spend.items("")] == [BadRecord, Item], "the others follow"
    del site.statuses["/files/may.csv"]
    site.breaks_off = True
    with pytest.raises(Retryable, match=r"broke off|doesn't answer"):
        list(spend.content(item))
    with pytest.raises(Refused, match="isn't there any more"):
        list(spend.content(replace(item, payload={**item.payload, "path": f"{site.url}/gone.csv"})))


def test_an_address_stands_for_each_month() -> None:
    (one,) = addresses("spend=https://example.gov.uk/{year}/{month_name}-{month}-{month_short}.csv")
    assert one.of_months(date(2026, 1, 5), 2) == [
        "https://example.gov.uk/2025/December-12-Dec.csv",
        "https://example.gov.uk/2026/January-01-Jan.csv",
    ]
    (yearly,) = addresses("spend=https://example.gov.uk/{year}.csv")
    assert yearly.of_months(date(2026, 2, 5), 6) == [
        "https://example.gov.uk/2025.csv",
        "https://example.gov.uk/2026.csv",
    ]


def test_an_address_holds_no_password() -> None:
    with pytest.raises(ValueError, match="leave name and password out"):
        addresses("spend=https://council:secret@example.gov.uk/spending")


def test_what_speaks_to_servers_is_an_extra() -> None:
    with pytest.raises(NotConfigured, match=r"pip install quarterday\[places\]"), servers.installed("paramiko"):
        raise ModuleNotFoundError(name="paramiko.client")
    with pytest.raises(ModuleNotFoundError), servers.installed("paramiko"):
        raise ModuleNotFoundError(name="json")
