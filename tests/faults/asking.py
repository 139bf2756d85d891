"""People who ask for links to sign in, as fast as the pages answer, while things are killed."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from urllib.parse import urlencode

from sqlalchemy import func, select

from quarterday.db.models import OutboxRow
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.organisations import people, suppliers

PEOPLE = 10
"""How many ask in each run; nobody may ask often."""
OPERATOR = Actor.operator("test")


class Askers:
    """Those who ask; each has an address of their own, and a network of their own."""

    def __init__(self, uow: UnitOfWork, port: int) -> None:
        self._uow, self._port = uow, port
        self._supplier = suppliers.add_supplier(uow, OPERATOR, name="Harbour Lights Care")
        self._ids: dict[str, int] = {}
        self._enough = Event()
        self._thread: Thread | None = None

    def begin(self, acknowledged: Counter[str], seed: int) -> None:
        """Have new people ask; who was answered that a link is on its way is counted by address."""
        addresses = [f"asker-{seed}-{len(self._ids) + number}@supplier.example" for number in range(PEOPLE)]
        for address in addresses:
            self._ids[address] = people.add_user(
                self._uow, OPERATOR, email=address, name="An asker", role="supplier", supplier_id=self._supplier
            )
        self._enough.clear()
        self._thread = Thread(target=self._ask_all, args=(addresses, acknowledged))
        self._thread.start()

    def end(self) -> None:
        """Let nobody ask any more; who is asking gets an answer."""
        self._enough.set()
        if self._thread is not None:
            self._thread.join()

    def links_to(self, address: str) -> int:
        """How many links to somebody are in the outbox, sent or not."""
        payload_user = OutboxRow.c.payload["user"].as_integer()
        query = select(func.count()).where(OutboxRow.c.kind == "mail.sign_in", payload_user == self._ids[address])
        with self._uow.read(OPERATOR) as work:
            return int(work.connection.scalar(query) or 0)

    def _ask_all(self, addresses: list[str], acknowledged: Counter[str]) -> None:
        for number, address in enumerate(addresses):
            while not self._enough.is_set():
                try:
                    acknowledged[address] += self._ask(address, f"10.{len(self._ids) % 250}.{number}.1")
                    break
                except (OSError, HTTPException):  # the pages are gone at the moment
                    self._enough.wait(0.05)
            self._enough.wait(0.1)

    def _ask(self, address: str, network: str) -> bool:
        headers = {"X-Forwarded-For": network}
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            connection.request("GET", "/sign-in", headers=headers)
            page = connection.getresponse()
            token = re.search(rb'name="csrf_token"[^>]* value="([^"]+)"', page.read())
            cookie = str(page.headers["Set-Cookie"]).partition(";")[0]
        if token is None:
            return False
        form = urlencode({"csrf_token": token[1].decode(), "email": address})
        headers |= {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=20)) as connection:
            connection.request("POST", "/sign-in", form, headers)
            answer = connection.getresponse()
            answer.read()
        return answer.status == 303
