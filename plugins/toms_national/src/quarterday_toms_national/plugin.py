"""The National TOMs: one edition compiled from public documents, and what is known of two earlier ones."""

from collections.abc import Iterator

from quarterday import Check, MeasureCatalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues() -> Iterator[MeasureCatalogue]:
    """The compiled edition with the value sets that may ship, and 2019 and 2017 as far as they are known."""
    from dataclasses import replace
    from importlib.resources import files

    from quarterday import read_catalogue, read_value_set

    home = files("quarterday_toms_national")
    compiled = read_catalogue(home / "editions" / "2022-compiled")
    sets = [read_value_set(home / "values", name, compiled) for name in ("open-uk", "illustrative")]
    yield replace(compiled, value_sets=tuple(sets))
    for earlier in ("2019", "2017"):
        yield read_catalogue(home / "editions" / earlier)


@hookimpl
def checks() -> list[type[Check]]:
    """What the compiled edition is unsure of."""
    from quarterday_toms_national.check import CompiledEdition

    return [CompiledEdition]
