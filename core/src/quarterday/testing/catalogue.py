"""The conformance kit for catalogues: subclass it in your plugin's tests, name your plugin, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

import pytest

from quarterday.domain.catalogue import MeasureCatalogue
from quarterday.domain.conformance import SENTENCES, flaws
from quarterday.services.measures.catalogues import catalogues
from quarterday.testing.watch import watched


class CatalogueConformance:
    """What every plugin's catalogues keep to; the host leaves out an edition that doesn't.

    ::

        class TestCatalogues(CatalogueConformance):
            @pytest.fixture
            def plugin(self):
                return quarterday_exampleshire.plugin

    Each check is a test of its own, so that a failure names the one sentence that is broken. An edition that yours
    is based on comes from your plugin itself or from what is installed beside it.
    """

    @pytest.fixture
    def plugin(self) -> ModuleType:
        """The plugin's module, with its hook ``measure_catalogues``."""
        raise NotImplementedError("Override the fixture “plugin”: return the module with your hooks.")

    @pytest.fixture
    def editions(self, plugin: ModuleType) -> list[MeasureCatalogue]:
        """The editions the plugin offers when the host asks."""
        return _asked(plugin)

    def test_it_offers_an_edition_and_no_two_of_one_key(self, editions: list[MeasureCatalogue]) -> None:
        """The hook gives at least one edition; each ``id/edition`` once."""
        assert editions, "measure_catalogues() gives nothing; return at least one edition"
        keys = [getattr(edition, "key", "") for edition in editions]
        assert len(set(keys)) == len(keys), f"one key stands for several editions: {', '.join(sorted(keys))}"

    def test_two_readings_are_equal(self, plugin: ModuleType) -> None:
        """Asked twice, the hook gives the same: figures must be the same next year."""
        assert _asked(plugin) == _asked(plugin), "two readings differ; give the same data each time"

    def test_reading_writes_nothing_and_calls_nobody(self, plugin: ModuleType) -> None:
        """The hook reads its own files: no write, no network, no other process."""
        _, done = watched(lambda: _asked(plugin))
        assert not done, f"reading did more than read: {', '.join(done)}"

    @pytest.mark.parametrize("check", SENTENCES)
    def test_each_edition_keeps_to(self, check: str, editions: list[MeasureCatalogue]) -> None:
        """The checks by which the host takes or leaves an edition, one by one."""
        at_hand = {**catalogues().editions, **{getattr(edition, "key", ""): edition for edition in editions}}
        broken = [flaw.says for edition in editions for flaw in flaws(edition, at_hand) if flaw.check == check]
        assert not broken, "\n".join([SENTENCES[check], *broken])


def _asked(plugin: ModuleType) -> list[MeasureCatalogue]:
    answer: Iterable[MeasureCatalogue] = plugin.measure_catalogues()
    return list(answer)
