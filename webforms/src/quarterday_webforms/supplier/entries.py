"""One measure of a return, and the entries written for it: add, change, take out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from quarterday import NotThere, Refused
from quarterday.services.access.permissions import Permission
from quarterday.services.figures.being_written import Line
from quarterday.services.figures.in_hand import InHand, Task
from quarterday.services.figures.submitted import Sent
from quarterday.services.record import Actor
from quarterday.services.returns import drafts
from quarterday.services.returns.nothing_done import say_nothing
from quarterday.services.returns.reported import SomebodyElse
from quarterday_webforms import kept
from quarterday_webforms.language import gettext
from quarterday_webforms.site import site
from quarterday_webforms.supplier.entry_form import EntryForm, entry_form
from quarterday_webforms.supplier.forms import PressForm
from quarterday_webforms.supplier.pages import ID, hand, seen, supplier
from quarterday_webforms.visiting import needs

ENTRY = "supplier/entry.html"


@supplier.get(f"/<{ID}:return_id>/measures/<path:ref>")
@needs(Permission.REPORT)
def measure(return_id: int, ref: str) -> ResponseReturnValue:
    """One measure: what was promised, what was delivered, and what is written for it now."""
    _, found = hand(return_id, ref)

    def shown() -> dict[str, Any]:
        task, saved = found.task(ref), request.args.get("saved", "")
        just_saved = next((line for line in task.lines if str(line.draft.id) == saved), None)
        back = url_for("supplier.tasks", return_id=return_id)
        return {"hand": found, "task": task, "saved": just_saved, "form": PressForm(found.version), "back": back}

    return kept.page("supplier/measure.html", found, shown)


@supplier.post(f"/<{ID}:return_id>/nothing-done/<path:ref>")
@needs(Permission.REPORT)
def nothing_done(return_id: int, ref: str) -> ResponseReturnValue:
    """Say that nothing was done for a measure, or take that back; pressed twice, it is said once."""
    actor, found = hand(return_id, ref)
    form, there = PressForm(found.version), url_for("supplier.tasks", return_id=return_id)
    is_nothing = "taken_back" not in request.form
    try:
        say_nothing(site().uow, actor, return_id=return_id, seen_version=seen(), ref=ref, is_nothing=is_nothing)
    except Refused as refused:
        form.refuse(refused)
        page = {"hand": found, "task": found.task(ref), "form": form, "back": there}
        return render_template("supplier/measure.html", **page), 422
    return redirect(there, 303)


@supplier.route(f"/<{ID}:return_id>/measures/<path:ref>/add", methods=["GET", "POST"])
@needs(Permission.REPORT)
def add(return_id: int, ref: str) -> ResponseReturnValue:
    """A new entry for a measure; with ``period`` for a past one."""
    actor, found = hand(return_id, ref, with_lines=False)
    task = found.task(ref)
    period_id = _past_period(found)
    if period_id is None and not task.is_open:
        return redirect(url_for("supplier.measure", return_id=return_id, ref=ref), 303)

    def page() -> EntryPage:
        form = entry_form(task.measure, task.asked, {"ref": ref})
        return EntryPage(actor, found, task, form, late_period_id=period_id)

    if request.method == "GET" and not g.get("typed"):
        return kept.page(ENTRY, (found, period_id), lambda: page().context)
    return page().posted()


@supplier.route(f"/<{ID}:return_id>/entries/<{ID}:draft_id>", methods=["GET", "POST"])
@needs(Permission.REPORT)
def entry(return_id: int, draft_id: int) -> ResponseReturnValue:
    """Change an entry that is being written; one that was taken out meanwhile can be added again as it was typed."""
    actor, found = hand(return_id)
    line = next((line for line in found.lines if line.draft.id == draft_id), None)
    if line is None and request.form.get("ref"):
        task = hand(return_id, request.form["ref"])[1].task(request.form["ref"])
        form = entry_form(task.measure, (*task.asked, *request.form), {})
        form.refuse(gettext("Somebody took this entry out, or submitted it, so nothing was saved."))
        return EntryPage(actor, found, task, form).shown()
    line = found.line(draft_id)
    form = entry_form(line.measure, line.asked, line.draft.typed)
    page = EntryPage(actor, found, found.task(line.measure.ref), form, line=line)
    if form.validate_on_submit():
        return page.answer()
    form.say_all(line.problems)
    return page.shown(200)


@supplier.route(f"/<{ID}:return_id>/entries/<{ID}:draft_id>/remove", methods=["GET", "POST"])
@needs(Permission.REPORT)
def remove(return_id: int, draft_id: int) -> ResponseReturnValue:
    """Take an entry out, after a question; pressed twice, it is gone once."""
    actor, found = hand(return_id)
    line = next((line for line in found.lines if line.draft.id == draft_id), None)
    if line is None:
        return redirect(url_for("supplier.tasks", return_id=return_id), 303)
    there = url_for("supplier.measure", return_id=return_id, ref=line.measure.ref)
    form = PressForm(found.version)
    if form.validate_on_submit():
        try:
            drafts.remove_entry(site().uow, actor, return_id=return_id, seen_version=seen(), draft_id=draft_id)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(there, 303)
    status = 422 if form.errors else 200
    return render_template("supplier/remove.html", hand=found, line=line, form=form, back=there), status


class EntryPage:
    """The page of one entry: shown, and answered when its form was posted."""

    def __init__(
        self,
        actor: Actor,
        found: InHand,
        task: Task,
        form: EntryForm,
        *,
        line: Line | None = None,
        late_period_id: int | None = None,
        replaces: Sent | None = None,
    ) -> None:
        self._actor, self._found, self._task, self._form, self._line = actor, found, task, form, line
        self._late_period_id = line.late_period_id if line else late_period_id
        self._replaces_id = line.draft.replaces_entry_id if line else replaces.id if replaces else None
        self._stored: Line | None = None

    def posted(self) -> ResponseReturnValue:
        """Save what was posted; or show what is missing, like the token of a form that was left open."""
        return self.answer() if self._form.validate_on_submit() else self.shown()

    def answer(self) -> ResponseReturnValue:
        """Save what was typed, whatever is wrong with it; what is wrong is said on the same page."""
        typed = {**self._form.typed(), "ref": self._task.measure.ref}
        try:
            saved = drafts.save_entry(
                site().uow,
                self._actor,
                return_id=self._found.id,
                seen_version=seen(),
                typed=typed,
                draft_id=self._line.draft.id if self._line else None,
                replaces_entry_id=self._replaces_id,
                late_period_id=self._late_period_id,
            )
        except SomebodyElse as said:
            _, self._found = hand(self._found.id)
            if (same := self._saved_before(typed)) is not None:
                return self._done(same.draft.id)
            self._stored = self._line and self._line_now(self._line.draft.id)
            self._form.refuse(said)
            return self.shown()
        except drafts.NothingTyped as blank:
            self._form.say_all(blank.problems)
            return self.shown()
        except Refused as refused:
            self._form.refuse(refused)
            return self.shown()
        if not saved.problems:
            return self._done(saved.draft_id)
        _, self._found = hand(self._found.id)
        self._line = self._line_now(saved.draft_id)
        self._form.say_all(saved.problems)
        return self.shown()

    def shown(self, status: int | None = None) -> ResponseReturnValue:
        """The page with its form as it stands; 422 where something in it is to put right."""
        return render_template(ENTRY, **self.context), status or (422 if self._form.errors else 200)

    @property
    def context(self) -> dict[str, Any]:
        """All that is on the page."""
        return_id, ref = self._found.id, self._task.measure.ref
        self._form.seen_version.data = str(self._found.version)
        if self._line:
            action = url_for("supplier.entry", return_id=return_id, draft_id=self._line.draft.id)
        elif self._replaces_id:
            action = url_for("supplier.replace", return_id=return_id, entry_id=self._replaces_id)
        else:
            action = url_for("supplier.add", return_id=return_id, ref=ref, period=self._late_period_id)
        late = next((period for period_id, period in self._found.past if period_id == self._late_period_id), None)
        return {
            "hand": self._found,
            "task": self._task,
            "line": self._line,
            "stored": self._stored,
            "late": late,
            "is_answer": self._replaces_id is not None,
            "form": self._form,
            "action": action,
            "back": url_for("supplier.measure", return_id=return_id, ref=ref),
        }

    def _line_now(self, draft_id: int) -> Line | None:
        return next((line for line in self._found.lines if line.draft.id == draft_id), None)

    def _saved_before(self, typed: Mapping[str, str]) -> Line | None:
        """The entry that the same press has saved already, where a form was sent twice."""
        if self._found.version != seen() + 1:
            return None
        wanted = {field: text for field, text in typed.items() if text}
        for line in self._found.lines:
            known = {field: text for field, text in line.draft.typed.items() if text}
            if known == wanted and (self._line is None or self._line.draft.id == line.draft.id):
                return line
        return None

    def _done(self, draft_id: int) -> ResponseReturnValue:
        ref = self._task.measure.ref
        return redirect(url_for("supplier.measure", return_id=self._found.id, ref=ref, saved=draft_id), 303)


def _past_period(found: InHand) -> int | None:
    """The past period that a late claim is for; None for no late claim.

    Raises :class:`~quarterday.Refused` for a period that isn't this contract's.
    """
    text = request.args.get("period", "")
    if not text:
        return None
    for period_id, _ in found.past:
        if str(period_id) == text:
            return period_id
    raise NotThere("There is no such past period of this contract.")
