"""What somebody typed in a form, what is wrong with it, and how both come back to the page."""

from __future__ import annotations

from collections.abc import Mapping

from flask import g, request


class Typed:
    """A form as it was sent, or as the page opens with it: :class:`quarterday.services.plugins.screens.Form`."""

    def __init__(self, usual: Mapping[str, str] | None = None) -> None:
        self.is_sent = request.method == "POST"
        if self.is_sent:
            self._values = {name: request.form.getlist(name) for name in request.form}
        else:  # what was being sent when their session ended is shown again
            kept = {name: list(values) for name, values in (g.get("typed") or {}).items()}
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
