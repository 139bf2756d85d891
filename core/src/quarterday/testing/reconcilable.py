"""The conformance kit for portals: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from quarterday.domain.portal_records import RecordKind, digest_of
from quarterday.errors import BadRecord, NotConfigured, Refused, Retryable
from quarterday.ports import (
    Agreement,
    Answered,
    Document,
    DocumentKind,
    DryRun,
    Item,
    PortalTerms,
    Receipt,
    Reconcilable,
)
from quarterday.testing.portals import OurRecord, ReconcilableTrial, Sending, shape_faults, value_faults
from quarterday.testing.source import SourceConformance, held_of_each
from quarterday.testing.trial import Values, ends, error_of
from quarterday.testing.watch import left_open, watched


class ReconcilableConformance(SourceConformance):
    """What every portal keeps to, beside what every source does: what it says, what it holds, and what is sent to it.

    ::

        class TestPortal(ReconcilableConformance):
            @pytest.fixture
            def trial(self, portal):
                away = {"url": "http://127.0.0.1:9"}
                return ReconcilableTrial(Portal, {"url": portal.url}, away=away, sink=Portal, records=…, bad=…, …)
    """

    @pytest.fixture
    def trial(self) -> ReconcilableTrial:
        """The portal, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a ReconcilableTrial with your source and sink.")

    def test_source_and_sink_are_one_portal(self, trial: ReconcilableTrial) -> None:
        """The source has terms() and theirs(), and the sink takes records and has the same id."""
        assert isinstance(trial.make(), Reconcilable), (
            "the source has no terms() and theirs(), so it isn't Reconcilable"
        )
        assert trial.sink.id == trial.offer.id, f"the source is “{trial.offer.id}”, and the sink “{trial.sink.id}”"
        assert DocumentKind.RECORDS in trial.sink.accepts, "the sink accepts no records"

    def test_the_sink_opens_nothing_before_it_is_told(self, trial: ReconcilableTrial) -> None:
        """Wrong settings are NotConfigured for the sink, too, and making one opens nothing."""
        for wrong in (*trial.wrong, {**trial.settings, "no-such-setting": "1"}):
            error, done = watched(partial(error_of, partial(trial.outward, wrong)))
            assert isinstance(error, NotConfigured), f"{wrong} {ends(error)}"
            assert not done, f"{wrong} is refused only after: {', '.join(done)}"
        _, done = watched(trial.outward)
        assert not done, f"making a sink did: {', '.join(done)}"

    def test_terms_need_no_call(self, trial: ReconcilableTrial) -> None:
        """The terms are had without a call, also where the place is away, and are the same each time."""
        portal = trial.portal()
        terms, done = watched(portal.terms)
        assert not done, f"to say its terms it did: {', '.join(done)}"
        assert terms == portal.terms() == trial.portal(trial.away).terms(), "it says other terms when it is asked again"

    def test_terms_say_what_was_agreed(self, trial: ReconcilableTrial) -> None:
        """The terms are PortalTerms with an agreement for a kind of record at least, and a batch of 1 to 5,000."""
        terms = trial.portal().terms()
        assert type(terms) is PortalTerms, f"it gives {terms!r}"
        assert terms.agreements, "nothing is exchanged"
        pairs = terms.agreements.items()
        assert all(type(kind) is RecordKind and type(one) is Agreement for kind, one in pairs), f"agreed is {pairs}"
        assert isinstance(terms.mapping, str), f"the mapping's digest is {terms.mapping!r}"
        assert 1 <= terms.batch <= 5000, f"{terms.batch} records go out together"

    def test_two_listings_are_the_same(self, trial: ReconcilableTrial) -> None:
        """Listed again, by the same instance or a new one, it holds the same records, in whatever order."""
        trial.deliver(*trial.going(*trial.records))
        trial.take_in()
        portal = trial.portal()
        first, again, new = (_listing(one) for one in (portal, portal, trial.portal()))
        assert first == again == new, "it lists something else when it is asked again"

    def test_each_record_is_listed_once(self, trial: ReconcilableTrial) -> None:
        """Each record it holds is listed once: by its key, by what it is called there, and by our key."""
        trial.deliver(*trial.going(*trial.records))
        trial.take_in()
        given = list(trial.portal().theirs())
        items = [one for one in given if isinstance(one, Item)]
        for what, names in (
            ("the key", [one.key for one in given]),
            ("the name", [f"{one.payload['record']} {one.payload['external_id']}" for one in items]),
            ("our key", [one.payload["key"] for one in items if one.payload["key"]]),
        ):
            twice = [name for name, number in Counter(names).items() if number > 1]
            assert not twice, f"{what} is given twice: {', '.join(twice)}"

    def test_records_have_the_shape_of_a_portal(self, trial: ReconcilableTrial) -> None:
        """What it tells and what it lists are portal-records: text by the names of ours, the rest in “unknown”."""
        for one in _told(trial):
            faults = list(shape_faults(one))
            assert not faults, f"“{one.key}”: {'; '.join(faults)}"

    def test_numbers_days_and_moments_are_exact(self, trial: ReconcilableTrial) -> None:
        """Quantities are exact text, like 12.5 or 1/3, days are days, and moments say their offset."""
        for one in _told(trial):
            faults = list(value_faults(one.payload))
            assert not faults, f"“{one.key}”: {'; '.join(faults)}"

    def test_what_it_tells_is_what_it_lists(self, trial: ReconcilableTrial) -> None:
        """The newest of what it tells of a record says the same as the list does, where it is on the list."""
        trial.deliver(*trial.going(*trial.records))
        trial.take_in()
        trial.edit(trial.records[0].key)
        listed = {_name(one): one.payload for one in trial.portal().theirs() if isinstance(one, Item)}
        told = {_name(one): one.payload for one in trial.read() if isinstance(one, Item)}
        assert told.keys() & listed.keys(), "of what it tells nothing is on its list"
        for name in told.keys() & listed.keys():
            assert told[name] == listed[name], f"of {name} it tells {told[name]}, and lists {listed[name]}"

    def test_what_is_changed_there_is_told(self, trial: ReconcilableTrial) -> None:
        """Where somebody over there changes a record of ours, it is told after the last cursor, with our key."""
        trial.deliver(*trial.going(*trial.records))
        before = trial.listed()
        last = next((one.cursor for one in reversed(trial.read()) if one.cursor), "")
        key = trial.records[0].key
        trial.edit(key)
        told = {one.payload["key"]: one.payload for one in trial.read(last) if isinstance(one, Item)}
        assert key in told, f"{key} was changed there, and it tells of {sorted(told)}"
        assert told[key] != before.get(key), f"{key} was changed there, and it tells what was before"

    def test_what_is_delivered_is_listed(self, trial: ReconcilableTrial) -> None:
        """What was sent is on the list, under our key and what the answer calls it, and says the same.

        An answer may call it by our key as long as nobody has said what it is called there.
        """
        answers = {one.key: one for one in trial.deliver(*trial.going(*trial.records)).answers}
        listed = trial.listed()
        for record in trial.records:
            assert record.key in listed, f"{record.key} was sent, and the list has {sorted(listed)}"
            theirs, answer = listed[record.key], answers.get(record.key, Answered(record.key))
            same = digest_of(record.kind, theirs["fields"]) == digest_of(record.kind, record.fields)
            assert same, f"{record.key} was {dict(record.fields)}, and is {dict(theirs['fields'])}"
            for name in ("external_id", "version"):
                said = getattr(answer, name)
                assert said in ("", record.key, theirs[name]), (
                    f"the {name} of {record.key} is “{theirs[name]}”, not “{said}”"
                )

    def test_each_record_has_an_answer(self, trial: ReconcilableTrial) -> None:
        """The receipt has a reference, and one answer for each record, of those it took and of those it didn't."""
        receipt = trial.deliver(*trial.going(*trial.records, trial.bad))
        assert type(receipt) is Receipt, f"it gives {receipt!r}"
        assert isinstance(receipt.reference, str), f"the reference is {receipt.reference!r}"
        assert receipt.reference.strip(), "the reference is blank"
        assert all(type(one) is Answered for one in receipt.answers), f"it answers {receipt.answers}"
        sent, answered = [one.key for one in (*trial.records, trial.bad)], [one.key for one in receipt.answers]
        assert sorted(sent) == sorted(answered), f"sent were {sent}, and answered {answered}"

    def test_one_bad_record_stops_only_itself(self, trial: ReconcilableTrial) -> None:
        """One that it doesn't take is answered with the reason, and the others are taken."""
        first, *others = trial.going(*trial.records)
        error = error_of(lambda: trial.deliver(first, *trial.going(trial.bad), *others))
        assert error is None, f"one bad record among others {ends(error)}"
        answers = {one.key: one.why for one in trial.deliver(first, *trial.going(trial.bad), *others).answers}
        assert answers.get(trial.bad.key, "").strip(), f"{trial.bad.key} is answered without a reason"
        stopped = {record.key: answers[record.key] for record in trial.records if answers.get(record.key)}
        assert not stopped, f"one bad record stops others: {stopped}"
        listed = trial.listed()
        assert trial.bad.key not in listed, f"{trial.bad.key} isn't taken, and on the list all the same"
        assert all(record.key in listed for record in trial.records), f"of those sent the list has {sorted(listed)}"

    def test_the_same_send_acts_once(self, trial: ReconcilableTrial) -> None:
        """Sent again under the same keys, by the same instance or a new one, nothing happens, and the answers are the
        same."""
        document, sink = trial.document(*trial.going(*trial.records)), trial.outward()
        first = sink.deliver(document, "batch/1")
        state = trial.state()
        for who in (sink, trial.outward()):
            again = who.deliver(document, "batch/1")
            assert trial.state() == state, "sent again under the same keys, it acts again"
            assert _by_key(again) == _by_key(first), f"first it answered {first.answers}, then {again.answers}"

    def test_the_same_send_acts_once_in_another_batch(self, trial: ReconcilableTrial) -> None:
        """Put together with others, what was sent before under its key acts no second time: what is there stays."""
        first, *others = trial.going(*trial.records)
        trial.deliver(first)
        trial.take_in()
        whole = trial.deliver(first, *others, key="batch/2")
        assert len(whole.answers) == len(trial.records), f"sent were {len(trial.records)}, and {whole.answers} answered"
        before = trial.listed()
        trial.deliver(first, key="batch/3")
        trial.deliver(*others, key="batch/4")
        assert trial.listed() == before, "what was sent before acts again in another batch"

    def test_a_lost_answer_acts_once(self, trial: ReconcilableTrial) -> None:
        """Where the answer is lost after it acted it raises Retryable, and sent again it acts no second time."""
        sendings = trial.going(*trial.records)
        if trial.lose is not None:
            trial.lose()
            error = error_of(lambda: trial.deliver(*sendings))
            assert error is None or isinstance(error, Retryable), f"where the answer is lost it {ends(error)}"
            state = trial.state()
            answers = trial.deliver(*sendings).answers
            assert trial.state() == state, "its answer was lost, and sent again it acts again"
            assert not any(one.why for one in answers), f"sent again it isn't taken: {answers}"

    def test_another_content_under_a_send_is_refused(self, trial: ReconcilableTrial) -> None:
        """Another content under a key that was used is answered with the reason, or Refused, and changes nothing."""
        first = trial.records[0]
        trial.deliver(Sending(first, "once"))
        before = trial.listed()
        receipt: list[Receipt] = []
        error = error_of(lambda: receipt.append(trial.deliver(Sending(first.changed(), "once"))))
        assert error is None or isinstance(error, Refused), f"it {ends(error)}"
        assert error is not None or all(one.why.strip() for one in receipt[0].answers), f"it is answered {receipt}"
        assert trial.listed() == before, "it is refused, and what was there has changed"

    def test_what_comes_late_brings_nothing_back(self, trial: ReconcilableTrial) -> None:
        """Where a record was sent anew, the earlier content under its own key again changes nothing."""
        old, (new, known) = trial.going(trial.records[0]), _sent_anew(trial)
        assert not known.why, f"a record that was sent anew isn't taken: {known.why}"
        trial.take_in()
        state = trial.state()
        trial.deliver(*old)
        assert trial.state() == state, "what was sent first comes again, and acts again"
        fields = trial.listed()[new.key]["fields"]
        assert digest_of(new.kind, fields) == digest_of(new.kind, new.fields), f"it is {dict(fields)} again"

    def test_an_overtaken_version_is_not_overwritten(self, trial: ReconcilableTrial) -> None:
        """Where somebody over there changed a record since the version that ours replaces, it is answered as overtaken.

        Where no versions are kept over there, nobody can tell at once; then that is told by what it lists.
        """
        first = trial.records[0]
        known = _known(trial)
        trial.edit(first.key)
        theirs = trial.listed()[first.key]
        if known.version:
            (answer,) = trial.deliver(*trial.going(first.changed(), known=known), key="batch/2").answers
            assert answer.is_overtaken, f"it was changed there meanwhile, and is answered {answer}"
            assert answer.why.strip(), "it was changed there meanwhile, and the answer doesn't say so"
            assert trial.listed()[first.key] == theirs, "what somebody changed there is overwritten"

    def test_what_is_no_document_of_records_is_refused(self, trial: ReconcilableTrial) -> None:
        """A document of another kind, or that is no JSON object a line, raises Refused and changes nothing."""
        documents = [Document(DocumentKind.RECORDS, "a.jsonl", "application/x-ndjson", b"nonsense")]
        kinds = sorted(set(DocumentKind) - trial.sink.accepts - {DocumentKind.MESSAGE})
        documents += [Document(kind, "a.csv", "text/csv", b"a,b") for kind in kinds]
        state = trial.state()
        for document in documents:
            error = error_of(partial(trial.outward().deliver, document, "batch/1"))
            assert isinstance(error, Refused), f"a {document.kind} “{document.content!r}” {ends(error)}"
        assert trial.state() == state, "it is refused, and something has changed"

    def test_a_rehearsal_changes_nothing(self, trial: ReconcilableTrial) -> None:
        """A sink that can rehearse (``DryRun``) changes nothing on either side, and what is delivered then acts."""
        sink, document = trial.outward(), trial.document(*trial.going(*trial.records, trial.bad))
        if isinstance(sink, DryRun):
            state = trial.state()
            _, done = watched(lambda: sink.rehearse(document, "batch/1"))
            written = [event for event in done if event.startswith(("open ", "os."))]
            assert trial.state() == state, "it only rehearses, and something has changed there"
            assert not written, f"it only rehearses, and did: {', '.join(written)}"
            sink.deliver(document, "batch/1")
            assert trial.state() != state, "after a rehearsal nothing arrives any more"

    def test_a_rehearsal_says_what_is_sent(self, trial: ReconcilableTrial) -> None:
        """What it rehearses is a Document, in which all stands that arrives then."""
        sink, document = trial.outward(), trial.document(*trial.going(*trial.records, trial.bad))
        if isinstance(sink, DryRun):
            assert trial.arrived is not None, "it can rehearse: say in “arrived” what has arrived"
            before = Counter(trial.arrived())
            shown = sink.rehearse(document, "batch/1")
            assert type(shown) is Document, f"it gives {shown!r}"
            sink.deliver(document, "batch/1")
            came = list((Counter(trial.arrived()) - before).elements())
            assert came, "it was rehearsed and delivered, and nothing arrived"
            missing = [one for one in came if one not in shown.content]
            assert not missing, f"there arrived {missing}, and it rehearsed {shown.content!r}"

    def test_stopping_a_listing_early_lets_go_of_everything(self, trial: ReconcilableTrial) -> None:
        """Where the host stops a listing after the first record, nothing stays open and nothing goes on."""
        left = left_open(trial.portal().theirs)
        assert not left, f"still open: {', '.join(left)}"

    def test_memory_does_not_grow_with_the_list(self, trial: ReconcilableTrial) -> None:
        """However many records it holds, they pass one by one: what was given isn't held."""
        held = held_of_each(trial, lambda: trial.portal().theirs())
        assert held <= self.most_held, f"each record more takes {held:,.0f} bytes more for as long as it lists"

    def test_lists_and_deliveries_say_who_should_act(self, trial: ReconcilableTrial) -> None:
        """Where the place is away, listing and delivering raise Retryable or NotConfigured, and Retryable where nobody
        listens."""
        document = trial.document(*trial.going(*trial.records))
        for settings, wanted in ((trial.away, (Retryable, NotConfigured)), (trial.refusing, (Retryable,))):
            for what, work in _works(trial, settings, document) if settings is not None else ():
                error = error_of(work)
                assert isinstance(error, wanted), f"{what} {ends(error)}"
        if trial.refusing is None:
            for what, work in _works(trial, trial.settings, document):
                calls = [event for event in watched(work)[1] if event.startswith("socket.connect")]
                assert not calls, f"{what} calls somebody, so say in “refusing” what has it call nobody: {calls}"


def _works(trial: ReconcilableTrial, settings: Values, document: Document) -> list[tuple[str, Callable[[], object]]]:
    portal, sink = trial.portal(settings), trial.outward(settings)
    return [("listing", lambda: list(portal.theirs())), ("delivering", lambda: sink.deliver(document, "batch/1"))]


def _known(trial: ReconcilableTrial) -> Answered:
    """The first record sent: what is known of it then, by the answer or else by the list."""
    first = trial.records[0]
    (answer,) = trial.deliver(*trial.going(first)).answers
    listed = trial.listed().get(first.key, {})
    named, version = str(listed.get("external_id", "")), str(listed.get("version", ""))
    return replace(answer, external_id=named or answer.external_id, version=answer.version or version)


def _sent_anew(trial: ReconcilableTrial) -> tuple[OurRecord, Answered]:
    """The first record sent, and sent anew with another content; that, and what it was answered."""
    new = trial.records[0].changed()
    (answer,) = trial.deliver(*trial.going(new, known=_known(trial)), key="batch/2").answers
    return new, answer


def _listing(portal: Reconcilable) -> dict[str, Item | BadRecord]:
    return {one.key: one for one in portal.theirs()}


def _name(item: Item) -> tuple[str, str]:
    return item.payload["record"], item.payload["external_id"]


def _told(trial: ReconcilableTrial) -> Iterator[Item]:
    """All that it tells and lists once ours were sent."""
    trial.deliver(*trial.going(*trial.records))
    trial.take_in()
    trial.edit(trial.records[0].key)
    yield from (one for one in (*trial.read(), *trial.portal().theirs()) if isinstance(one, Item))


def _by_key(receipt: Receipt) -> dict[str, Answered]:
    return {one.key: one for one in receipt.answers}
