"""What somebody typed in a form of the ledger's, what is wrong with it, and how both come back to the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import request

if TYPE_CHECKING:
    from quarterday.services.plugins.screens import Desk

ID = "int(max=9223372036854775807)"
"""How an id stands in an address: what no database could hold is no page."""


class Typed:
    """A form as it was sent, or as the page opens with it; ``form`` in a template, whose title says when it has errors.

    ``usual`` is what stands in its boxes first, by the names of the controls.
    """

    def __init__(self, desk: Desk, usual: Mapping[str, str] | None = None) -> None:
        self.is_sent = request.method == "POST"
        if self.is_sent:
            self._values = {name: request.form.getlist(name) for name in request.form}
        else:
            kept = {name: list(values) for name, values in desk.typed().items()}
            self._values = kept or {name: [text] for name, text in (usual or {}).items()}
        self.errors: list[dict[str, str]] = []
        self._faults: dict[str, str] = {}

    def text(self, name: str) -> str:
        """What stands in a box, without white space around it."""
        found = self._values.get(name) or [""]
        return found[0].replace("\0", "").strip()

    def texts(self, name: str) -> list[str]:
        """All that is chosen under a name."""
        return list(self._values.get(name) or ())

    def refuse(self, name: str, why: object) -> None:
        """Say what is wrong with a control; "" for the form as a whole."""
        if name in self._faults:
            return
        self._faults[name] = str(why)
        self.errors.append({"text": str(why), **({"href": f"#{name}"} if name else {})})

    def fault(self, name: str) -> dict[str, str] | None:
        """The error message of a control, as its component takes it."""
        return {"text": self._faults[name]} if name in self._faults else None
