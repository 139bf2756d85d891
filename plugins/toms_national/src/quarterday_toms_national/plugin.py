"""The National TOMs: one edition compiled from public documents, and what is known of two earlier ones."""

from collections.abc import Iterator

from quarterday import Check, MeasureCatalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues() -> Iterator[MeasureCatalogue]:
    """The compiled edition, and 2019 and 2017 as far as they are known."""
    from importlib.resources import files

    from quarterday import read_catalogue

    for edition in ("2022-compiled", "2019", "2017"):
        yield read_catalogue(files("quarterday_toms_national") / "editions" / edition)


@hookimpl
def checks() -> list[type[Check]]:
    """What the compiled edition is unsure of."""
    from quarterday_toms_national.check import CompiledEdition

    return [CompiledEdition]
