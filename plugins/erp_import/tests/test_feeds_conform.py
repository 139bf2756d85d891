"""The sources of spend files keep to what every source of whole files keeps to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from quarterday.testing import BulkConformance, BulkTrial
from quarterday.testing.places import KEY, SECRET, Server, rclone, s3_server, sftp_server
from quarterday_erp_import.feeds.bucket import SpendBucket
from quarterday_erp_import.feeds.folder import SpendFolder
from quarterday_erp_import.feeds.sftp import SpendSftp
from quarterday_erp_import.feeds.web import SpendWeb

NUMBERS = count(1)
NAMES = ("april.csv", "cards/may.csv", "june.xlsx")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What servers serve."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str, Server]]:
    with sftp_server(root, tmp_path_factory.mktemp("key") / "key") as server:
        yield server


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    with s3_server(root) as address:
        yield address


@pytest.fixture(scope="module")
def site(root: Path) -> Iterator[str]:
    with rclone("http", root) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def place(root: Path) -> Path:
    """A folder with three files that nobody has changed for a year."""
    folder = root / f"place{next(NUMBERS)}"
    (folder / "cards").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        (folder / name).write_text(f"what was paid, as {name} says")
        os.utime(folder / name, (1_700_000_000 + number, 1_700_000_000 + number))
    (folder / "july.csv.part").write_text("half")
    return folder


def trial_in(place: Path, **said: object) -> BulkTrial:
    """A trial on a folder, however it is reached."""

    def add(number: int) -> None:
        begin = len(list(place.iterdir()))
        for one in range(begin, begin + number):
            (place / f"more-{one}.csv").write_text("and more")
            os.utime(place / f"more-{one}.csv", (1_700_000_100, 1_700_000_100))

    def lose() -> None:
        for name in NAMES:
            (place / name).unlink()

    def change(size: int) -> None:
        (place / "cards/may.csv").write_bytes(bytes(size))
        os.utime(place / "cards/may.csv", (1_700_000_009, 1_700_000_009))

    return BulkTrial(**said, add=add, lose=lose, change=change)  # type: ignore[arg-type]


class TestFolder(BulkConformance):
    @pytest.fixture
    def trial(self, place: Path) -> BulkTrial:
        said = {"spend_folder": str(place)}
        away, wrong = {"spend_folder": str(place / "gone")}, ({"spend_folder": "here"},)
        return trial_in(place, offer=SpendFolder, settings=said, away=away, wrong=wrong)


class TestSftp(BulkConformance):
    @pytest.fixture
    def trial(self, place: Path, server: tuple[int, str, Server]) -> BulkTrial:
        port, key, _ = server
        said = {"sftp_host": "127.0.0.1", "sftp_port": port, "sftp_host_key": key, "sftp_user": KEY}
        said |= {"sftp_password": SECRET, "sftp_folder": f"/{place.name}"}
        wrong = {**said, "sftp_host_key": "any"}, {**said, "sftp_user": ""}
        away = {**said, "sftp_port": 9}
        return trial_in(place, offer=SpendSftp, settings=said, away=away, wrong=wrong, refusing=away)


class TestBucket(BulkConformance):
    @pytest.fixture
    def trial(self, place: Path, address: str) -> BulkTrial:
        said = {"s3_bucket": place.name, "s3_address": address, "s3_key": KEY, "s3_secret": SECRET}
        away = {**said, "s3_address": "http://127.0.0.1:9"}
        wrong = ({**said, "s3_bucket": ""}, {"s3_bucket": "a"})
        return trial_in(place, offer=SpendBucket, settings=said, away=away, wrong=wrong, refusing=away)


class TestWeb(BulkConformance):
    @pytest.fixture
    def trial(self, place: Path, site: str) -> BulkTrial:
        said = {"web_addresses": f"spend={site}/{place.name}/ cards={site}/{place.name}/cards/"}
        away = {"web_addresses": "spend=http://127.0.0.1:9/spending"}
        wrong = (
            {"web_addresses": "spend"},
            {"web_addresses": "spend=file:///etc/passwd"},
            {"web_addresses": "spend=https://example.gov.uk/{week}.csv"},
            {"web_addresses": " "},
            {**said, "web_links": "("},
        )
        return trial_in(place, offer=SpendWeb, settings=said, away=away, wrong=wrong, refusing=away)
