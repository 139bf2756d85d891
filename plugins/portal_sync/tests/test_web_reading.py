"""Reading a portal over the web: each change once and in order, by whichever way its lists go on."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from portal_servers import Reply, Simulated, Told, contract, document, entry, simulated, told

from quarterday import BadRecord, Item, NotConfigured, Refused, Retryable
from quarterday.testing.watch import left_open, watched
from quarterday_portal_sync.simulator.faults import Fault
from quarterday_portal_sync.transports.web_lists import Position


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Simulated]:
    """The simulated portal with a contract and ten entries of ours."""
    with simulated(tmp_path) as found:
        found.portal().deliver(document(contract(), *(entry(number) for number in range(1, 11))), "delivery/1")
        yield found


@pytest.fixture
def hostile() -> Iterator[Told]:
    with told() as found:
        yield found


def change(number: int, **more: Any) -> dict[str, Any]:
    """A change of an entry, as the simulated portal tells it."""
    record = {"id": f"C-{number}", "our_ref": "", "revision": "1", "modifiedAt": "2026-07-01T09:00:00+00:00"}
    record |= {"agreementNo": "C-1", "kpi": "TRN-WKS", "uom": "weeks", "amount": str(number), "portion": "1"}
    record |= {"periodStart": "2026-04-01", "periodEnd": "2026-06-30", **more}
    return {"resource": "entries", "at": record["modifiedAt"], "record": record}


def changes(*numbers: int, after: str = "", more: bool = False) -> Reply:
    return Reply({"changes": [change(one) for one in numbers], "next": after, "more": more})


def mapped(folder: Path, old: str, new: str) -> dict[str, object]:
    """Settings with the simulated portal's mapping, changed in a place."""
    from importlib.resources import files

    text = (files("quarterday_portal_sync") / "mappings" / "simulator.toml").read_text("utf-8")
    assert old in text
    (folder / "mapping.toml").write_text(text.replace(old, new), "utf-8")
    return {"mapping": str(folder / "mapping.toml")}


NO_CHANGES = """[web.changes]
path = "/v1/changes"
items = "changes"
record = "record"
resource = "resource"
paging = { style = "cursor", parameter = "after", limit = "limit", size = 500, next = "next", more = "more" }
"""
PAGED = 'paging = { style = "cursor", parameter = "cursor", limit = "per_page", size = 500, next = "next" }'
CHANGES = 'limit = "limit", size = 500,'


def keys(records: list[Item | BadRecord]) -> list[str]:
    return [one.key for one in records]


@pytest.mark.parametrize("size", [1, 3, 500])
def test_a_reading_goes_on_after_any_record(portal: Simulated, tmp_path: Path, size: int) -> None:
    source = portal.portal(**mapped(tmp_path, CHANGES, f'limit = "limit", size = {size},'))
    records = list(source.items(""))
    assert len(records) == 11
    assert [one.payload["key"] for one in records if isinstance(one, Item)][:3] == ["contract/1", "entry/1", "entry/2"]
    for number, one in enumerate(records, start=1):
        assert list(source.items(one.cursor)) == records[number:]


def test_what_comes_later_comes_after_the_last(portal: Simulated) -> None:
    source = portal.portal()
    before = list(source.items(""))
    source.deliver(document(entry(11), entry(12)), "delivery/2")
    assert [one.payload["key"] for one in source.items(before[-1].cursor) if isinstance(one, Item)] == [
        "entry/11",
        "entry/12",
    ]


@pytest.mark.parametrize(
    "paging",
    [
        'paging = { style = "cursor", parameter = "cursor", limit = "per_page", size = 3, next = "next" }',
        'paging = { style = "page", parameter = "page", limit = "per_page", size = 3 }',
        'paging = { style = "link", limit = "per_page", size = 3 }',
    ],
)
def test_a_list_is_read_to_its_end_however_it_is_paged(portal: Simulated, tmp_path: Path, paging: str) -> None:
    source = portal.portal(**mapped(tmp_path, PAGED, paging))
    found = [one.payload["key"] for one in source.theirs() if isinstance(one, Item)]
    assert found == ["contract/1", *(f"entry/{number}" for number in range(1, 11))]


@pytest.mark.parametrize(
    "paging", [PAGED, 'paging = { style = "page", parameter = "page", limit = "per_page", size = 5 }']
)
def test_without_a_list_of_changes_each_kinds_own_is_read(portal: Simulated, tmp_path: Path, paging: str) -> None:
    settings = mapped(tmp_path, NO_CHANGES, "")
    text = Path(str(settings["mapping"])).read_text("utf-8")
    Path(str(settings["mapping"])).write_text(text.replace(PAGED, paging), "utf-8")
    source = portal.portal(**settings)
    records = list(source.items(""))
    assert len(records) == 11
    for number, one in enumerate(records[:-1], start=1):
        rest = keys(list(source.items(one.cursor)))
        assert rest[: len(records) - number] == keys(records[number:])
        assert set(rest) >= set(keys(records)) - set(keys(records[:number]))
    last = records[-1].cursor
    source.deliver(document(entry(11)), "delivery/2")
    assert len(set(keys(list(source.items(last)))) - set(keys(records))) == 1


def test_changes_are_asked_for_since_the_newest(hostile: Told, tmp_path: Path) -> None:
    settings = mapped(tmp_path, NO_CHANGES, "")
    file = Path(str(settings["mapping"]))
    file.write_text(file.read_text("utf-8").replace(PAGED, 'since = "modified_since"'), "utf-8")
    nothing = Reply({"records": []})
    hostile.replies = {f"/v1/{name}": [nothing] for name in ("contracts", "commitments", "evidence", "verdicts")}
    newer = change(2, modifiedAt="2026-07-02T09:00:00+01:00")["record"]
    hostile.replies["/v1/entries"] = [Reply({"records": [newer, change(1)["record"]]})]
    records = list(hostile.portal(**settings).items(""))
    assert [dict(Position.of(one.cursor).since or {}) for one in records] == [
        {},
        {"entry": "2026-07-02T08:00:00+00:00"},
    ]
    assert "modified_since" not in hostile.asked[2].path
    hostile.asked.clear()
    assert len(list(hostile.portal(**settings).items(records[-1].cursor))) == 2
    assert "modified_since=2026-07-02T07%3A58%3A00%2B00%3A00" in next(
        one.path for one in hostile.asked if "entries" in one.path
    )


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00+00:00", "0001-01-01T00:00:00"])
def test_a_moment_that_is_none_keeps_nothing_from_being_read(hostile: Told, tmp_path: Path, moment: str) -> None:
    settings = mapped(tmp_path, NO_CHANGES, "")
    file = Path(str(settings["mapping"]))
    file.write_text(file.read_text("utf-8").replace(PAGED, 'since = "modified_since"'), "utf-8")
    for name in ("contracts", "commitments", "evidence", "verdicts"):
        hostile.replies[f"/v1/{name}"] = [Reply({"records": []})]
    hostile.replies["/v1/entries"] = [Reply({"records": [change(1, modifiedAt=moment)["record"]]})]
    (one,) = hostile.portal(**settings).items("")
    since = (Position.of(one.cursor).since or {})["entry"]
    assert since <= datetime.now(UTC).isoformat()
    assert len(list(hostile.portal(**settings).items(one.cursor))) == 1


def test_where_others_stand_in_a_part_none_is_passed_over(hostile: Told) -> None:
    hostile.replies["/v1/changes"] = [changes(1, 2, 3, after="7")]
    records = list(hostile.portal().items(""))
    hostile.replies["/v1/changes"] = [changes(3, 1, 2, after="7")]
    assert len(list(hostile.portal().items(records[1].cursor))) == 3


def test_one_version_with_another_content_is_another_record(hostile: Told) -> None:
    odd = change(1)
    odd["record"]["quantityClaimed"] = odd["record"].pop("amount")
    hostile.replies["/v1/changes"] = [Reply({"changes": [odd, change(1)], "next": "1", "more": False})]
    assert len(set(keys(list(hostile.portal().items(""))))) == 2


def test_what_nobody_can_keep_is_said_and_the_others_follow(hostile: Told) -> None:
    bad = [
        change(1, amount="1\0"),
        change(2, note="\ud800"),
        {"resource": "users", "record": {}},
        {"resource": "entries"},
    ]
    hostile.replies["/v1/changes"] = [Reply({"changes": [*bad, "odd", change(3)], "next": "1", "more": False})]
    found = list(hostile.portal().items(""))
    assert [type(one) for one in found] == [BadRecord] * 5 + [Item]
    assert "“users”" in found[2].why  # type: ignore[union-attr]
    assert all(one.cursor for one in found)


def test_numbers_are_as_they_were_written(hostile: Told) -> None:
    body = Reply({"changes": [change(1)], "next": "1", "more": False}).body.replace(b'"amount": "1"', b'"amount": 0.10')
    hostile.replies["/v1/changes"] = [Reply(body)]
    (item,) = hostile.portal().items("")
    assert isinstance(item, Item)
    assert item.payload["fields"]["quantity"] == "0.1"


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b'{"changes": [{"resource"'), "is no whole JSON"),
        (
            Reply(b"<html>Sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"}),
            "is text/html, not JSON",
        ),
        (Reply({"items": []}), "has no list at “changes”"),
        (Reply([1]), "has no list at “changes”"),
        (Reply(b'{"changes": NaN}'), "holds NaN"),
        (Reply(b"\xff\xfe"), "isn't UTF-8"),
        (Reply(b"[" * 100_000), "nested too deep"),
        (Reply({"changes": []}), "doesn't say at “more”"),
        (Reply({"changes": [], "more": True}), "at “next” not where"),
        (Reply(b'{"changes": []}', sends=4), "broke off"),
        (Reply(hangs_up=True), "broke off"),
        (Reply({}, 503, {"Retry-After": "3600"}), "can't answer now (status 503)"),
    ],
)
def test_a_bad_answer_is_said_and_tried_later(hostile: Told, reply: Reply, says: str) -> None:
    hostile.replies["/v1/changes"] = [reply]
    with pytest.raises(Retryable) as caught:
        list(hostile.portal(web_patience=0).items(""))
    assert says in str(caught.value)
    assert "Sign in" not in str(caught.value)


@pytest.mark.parametrize("fault", ["failed", "unavailable", "busy", "truncated", "html", "lost", "expired"])
def test_a_reading_comes_through_every_third_answer_gone_wrong(portal: Simulated, tmp_path: Path, fault: str) -> None:
    oauth = {"web_client_id": "quarterday", "web_client_secret": "client-secret-of-the-tests", "web_key": None}
    by_token = {**oauth, "web_token_address": f"{portal.address}/oauth/token"} if fault == "expired" else {}
    source = portal.portal(**mapped(tmp_path, CHANGES, 'limit = "limit", size = 2,'), **by_token)
    expected = list(source.items(""))
    portal.show(**{fault: Fault(every=3, seconds=0)})
    assert list(source.items("")) == expected
    assert portal.faults.took_effect(fault)


@pytest.mark.parametrize("field", ["resource", "web_proxy"])
def test_where_nobody_listens_it_is_tried_later(hostile: Told, field: str) -> None:
    more = {"web_address": "http://127.0.0.1:9"} if field == "resource" else {"web_proxy": "http://127.0.0.1:9"}
    with pytest.raises(Retryable):
        list(hostile.portal(**more, web_patience=0).items(""))
    assert hostile.asked == []


def test_a_list_that_leads_back_is_left(hostile: Told) -> None:
    hostile.replies["/v1/changes"] = [changes(1, after="5", more=True), changes(2, after="6", more=True)]
    hostile.replies["/v1/changes"] += [changes(3, after="5", more=True)]
    with pytest.raises(Retryable, match="leads back"):
        list(hostile.portal().items(""))


def test_a_list_that_is_one_page_whichever_is_asked_for_is_left(hostile: Told, tmp_path: Path) -> None:
    hostile.replies["/v1/contracts"] = [Reply({"records": [change(one)["record"] for one in (1, 2, 3)]})]
    settings = mapped(tmp_path, PAGED, 'paging = { style = "page", parameter = "page", limit = "per_page", size = 3 }')
    with pytest.raises(NotConfigured, match="the same page again"):
        list(islice(hostile.portal(**settings).theirs(), 100))
    assert len(hostile.asked) == 2


def test_too_large_an_answer_is_not_read_to_its_end(hostile: Told) -> None:
    hostile.replies["/v1/changes"] = [Reply(b" " * (3 << 20))]
    with pytest.raises(Refused, match="more than 1 MB"):
        list(hostile.portal(web_megabytes=1).items(""))


def test_an_answer_that_drips_is_not_waited_for(hostile: Told) -> None:
    hostile.replies["/v1/changes"] = [Reply(b" " * 100, drips=0.02)]
    with pytest.raises(Retryable, match="broke off"):
        list(hostile.portal(web_seconds=0.2, web_patience=0).items(""))


@pytest.mark.parametrize(
    ("status", "field"),
    [(401, "web_key"), (403, "web_key"), (404, "web_address"), (410, "web_address"), (405, "mapping")],
)
def test_who_should_act_on_a_refusal(hostile: Told, status: int, field: str) -> None:
    hostile.replies["/v1/changes"] = [Reply({"error": f"You showed {hostile.settings()['web_key']}"}, status)]
    with pytest.raises(NotConfigured) as caught:
        list(hostile.portal().items(""))
    assert caught.value.field == field
    assert str(hostile.settings()["web_key"]) not in str(caught.value)
    assert len(hostile.asked) == 1


@pytest.mark.parametrize("to", ["https://elsewhere.example/v1", "//elsewhere.example", "/v2/changes"])
def test_nobody_is_followed_elsewhere(hostile: Told, to: str) -> None:
    hostile.replies["/v1/changes"] = [Reply({}, 302, {"Location": to})]
    hostile.replies["/v2/changes"] = [changes(1)]
    with pytest.raises(NotConfigured, match="sends on to"):
        list(hostile.portal().items(""))
    assert len(hostile.asked) == 1


def test_a_link_elsewhere_is_not_asked(hostile: Told, tmp_path: Path) -> None:
    with told() as other:
        link = {"Link": f'<{other.address}/v1/contracts?page=2>; rel="next"'}
        hostile.replies["/v1/contracts"] = [Reply({"records": []}, headers=link)]
        with pytest.raises(NotConfigured, match="sends on to"):
            list(hostile.portal(**mapped(tmp_path, PAGED, 'paging = { style = "link" }')).theirs())
        assert other.asked == []


@pytest.mark.parametrize("pause", ["1", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""])
def test_it_waits_as_it_is_told(hostile: Told, pause: str) -> None:
    hostile.replies["/v1/changes"] = [Reply({}, 429, {"Retry-After": pause}), changes(1, after="1")]
    assert len(list(hostile.portal().items(""))) == 1


def test_a_long_pause_is_the_hosts_to_wait(hostile: Told) -> None:
    hostile.replies["/v1/changes"] = [Reply({}, 429, {"Retry-After": "1800"})]
    with pytest.raises(Retryable) as caught:
        list(hostile.portal().items(""))
    assert caught.value.after == 1800


def test_no_more_is_asked_in_a_second_than_was_said(portal: Simulated, tmp_path: Path) -> None:
    from time import monotonic

    began = monotonic()
    settings = mapped(tmp_path, CHANGES, 'limit = "limit", size = 2,')
    assert len(list(portal.portal(**settings, web_rate=20).items(""))) == 11
    assert monotonic() - began >= 5 / 20


def test_making_one_opens_nothing_and_stopping_early_lets_go(portal: Simulated, tmp_path: Path) -> None:
    settings = mapped(tmp_path, CHANGES, 'limit = "limit", size = 2,')
    source, done = watched(lambda: portal.portal(**settings))
    assert done == []
    list(source.items(""))
    assert not left_open(lambda: source.items(""))


def test_more_records_take_no_more_memory(hostile: Told, tmp_path: Path) -> None:
    class Endless(list[Reply]):
        """Parts of 100, each made when it is asked for."""

        def __init__(self, parts: int) -> None:
            super().__init__()
            self.parts, self.part = parts, 0

        def __len__(self) -> int:
            return 2

        def pop(self, index: Any = 0) -> Reply:
            self.part += 1
            first = self.part * 100
            records = [change(number)["record"] for number in range(first, first + 100)]
            return Reply({"records": records, "next": str(self.part) if self.part < self.parts else ""})

    def peak(parts: int) -> int:
        hostile.replies = {f"/v1/{name}": [Reply({"records": []})] for name in ("contracts", "commitments")}
        hostile.replies |= {f"/v1/{name}": [Reply({"records": []})] for name in ("evidence", "verdicts")}
        hostile.replies["/v1/entries"] = Endless(parts)
        tracemalloc.start()
        count = sum(1 for _ in hostile.portal().theirs())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == parts * 100
        return found

    peak(2)
    few = peak(2)
    assert (peak(12) - few) / 1000 < 400  # bytes for each record more; one that is held takes thousands


def test_a_page_that_moves_gives_nothing_twice(hostile: Told, tmp_path: Path) -> None:
    pages = [[change(one)["record"] for one in numbers] for numbers in ((1, 2, 3), (3, 4, 5), (6,))]
    for name in ("contracts", "commitments", "evidence", "verdicts"):
        hostile.replies[f"/v1/{name}"] = [Reply({"records": []})]
    hostile.replies["/v1/entries"] = [Reply({"records": page}) for page in pages]
    settings = mapped(tmp_path, PAGED, 'paging = { style = "page", parameter = "page", limit = "per_page", size = 3 }')
    found = [
        one.payload["external_id"] for one in islice(hostile.portal(**settings).theirs(), 100) if isinstance(one, Item)
    ]
    assert found == ["C-1", "C-2", "C-3", "C-4", "C-5", "C-6"]
