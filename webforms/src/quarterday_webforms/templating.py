"""Jinja as the pages use it: macros take mappings, and no template has globals of its own; both made quick."""

from __future__ import annotations

from collections.abc import MutableMapping
from types import FunctionType
from typing import Any

from flask.templating import Environment
from jinja2.runtime import Context, Macro

_OF_MAPPINGS = frozenset(dir(dict))


class QuickContext(Context):
    """Calls what templates call most, macros and plain functions, without looking what sort of thing it is."""

    def call(self, called: Any, /, *args: Any, **named: Any) -> Any:
        """The same result."""
        if type(called) is FunctionType and not hasattr(called, "jinja_pass_arg"):
            pass
        elif type(called) is Macro:
            args = (self.eval_ctx, *args)
        else:
            return super().call(called, *args, **named)
        named.pop("_block_vars", None)
        named.pop("_loop_vars", None)
        return called(*args, **named)


class QuickEnvironment(Environment):
    """Draws what Flask's own environment draws, in less time."""

    context_class = QuickContext

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The same; a page looks up hundreds of keys of mappings, which needn't be missed as attributes first."""
        if type(obj) is dict and attribute not in _OF_MAPPINGS:
            try:
                return obj[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The same; without an overlay the mapping itself, which is looked through faster than a chain of mappings."""
        return super().make_globals(d) if d else self.globals
