"""Portals that fail one check each of the kit: by what they do with what is sent to them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from staging import Staging

from quarterday import (
    Answered,
    Document,
    Receipt,
    Refused,
)


class AnswersWithAnotherName(Staging):
    def write(self, database: sqlite3.Connection, record: Mapping[str, Any]) -> Answered:
        found = super().write(database, record)
        return replace(found, external_id=f"{found.external_id}-new")


class AnswersWithNoReference(Staging):
    def deliver(self, document: Document, key: str) -> Receipt:
        return replace(super().deliver(document, key), reference=" ")


class AnswersTheLastTwice(Staging):
    def deliver(self, document: Document, key: str) -> Receipt:
        found = super().deliver(document, key)
        return replace(found, answers=(*found.answers, found.answers[-1])) if len(found.answers) == 4 else found


class TakesTheBad(Staging):
    def take(self, database: sqlite3.Connection, record: Mapping[str, Any], batch: str) -> Answered:
        if self.why_not(record):
            self.write(database, record)
        return super().take(database, record, batch)


class StopsAtTheBad(Staging):
    def records(self, document: Document) -> list[dict[str, Any]]:
        found = super().records(document)
        bad = [number for number, one in enumerate(found) if self.why_not(one)]
        for one in found[bad[0] :] if bad else []:
            one["fields"]["measure"] = "NONE"
        return found


class AnswersOtherwiseNextTime(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        return replace(super().again(database, record, known, batch), version="")


class ActsWhenAskedAThirdTime(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        answer = super().again(database, record, known, batch)
        if not answer.why and json.loads(known["answer"])[0] == batch:
            if known["batches"] == 2:
                self.write(database, record)
            database.execute("UPDATE send SET batches = batches + 1 WHERE send = ?", [record["send"]])
        return answer


class KnowsBatchesOnly(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        answer = super().again(database, record, known, batch)
        if not answer.why and json.loads(known["answer"])[0] != batch:
            self.write(database, record)
        return answer


class ForgetsWithTheAnswer(Staging):
    def losing(self, database: sqlite3.Connection) -> None:
        database.execute("DELETE FROM send")


class GivesUpWithTheAnswer(Staging):
    def lost(self) -> None:
        raise Refused("Nothing came back.")


class TakesAnotherContent(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        answer = super().again(database, record, known, batch)
        return self.write(database, record) if answer.why else answer


class RefusesAnotherContentAndTakesIt(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        answer = super().again(database, record, known, batch)
        if answer.why:
            self.write(database, record)
        return answer


class PassesOverAnotherContent(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        return Answered(**json.loads(known["answer"])[1])


class BringsTheOldBack(Staging):
    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        answer = super().again(database, record, known, batch)
        (fields,) = database.execute("SELECT fields FROM record WHERE key = ?", [record["key"]]).fetchone()
        if not answer.why and json.loads(fields) != record["fields"]:
            self.write(database, record)
        return answer


class OverwritesWhatIsNewer(Staging):
    def overtaken(self, database: sqlite3.Connection, record: Mapping[str, Any], here: sqlite3.Row) -> Answered:
        return self.write(database, record)


class OverwritesAndSaysSo(Staging):
    def overtaken(self, database: sqlite3.Connection, record: Mapping[str, Any], here: sqlite3.Row) -> Answered:
        self.write(database, record)
        return super().overtaken(database, record, here)


class RefusesWhatIsOvertaken(Staging):
    def overtaken(self, database: sqlite3.Connection, record: Mapping[str, Any], here: sqlite3.Row) -> Answered:
        return replace(super().overtaken(database, record, here), is_overtaken=False)


class PassesOverNonsense(Staging):
    def records(self, document: Document) -> list[dict[str, Any]]:
        try:
            return super().records(document)
        except Refused:
            return []


class StumblesOverNonsense(Staging):
    def records(self, document: Document) -> list[dict[str, Any]]:
        return [json.loads(line) for line in document.content.splitlines()]


class RehearsesAloud(Staging):
    def rehearse(self, document: Document, key: str) -> Document:
        self.deliver(document, key)
        return super().rehearse(document, key)


class KeepsItsRehearsals(Staging):
    def rehearse(self, document: Document, key: str) -> Document:
        self._database.with_suffix(".rehearsed").write_bytes(document.content)
        return super().rehearse(document, key)


class RehearsesItsLines(Staging):
    def rehearse(self, document: Document, key: str) -> Document:
        return document


class RehearsesText(Staging):
    def rehearse(self, document: Document, key: str) -> Document:
        return super().rehearse(document, key).content.decode()  # type: ignore[return-value]


class DeliversIntoThinAir(Staging):
    def deliver(self, document: Document, key: str) -> Receipt:
        if self._database.exists():
            return super().deliver(document, key)
        return Receipt(key, tuple(Answered(one["key"], "S-0") for one in self.records(document)))
