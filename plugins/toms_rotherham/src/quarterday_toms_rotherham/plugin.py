"""Rotherham's measures, as an overlay on the national catalogue: the example other councils copy."""

from quarterday import Command, MeasureCatalogue, hookimpl

API_VERSION = 0


@hookimpl
def measure_catalogues() -> list[MeasureCatalogue]:
    """The edition of the policy 2024–27."""
    from importlib.resources import files

    from quarterday import read_catalogue

    return [read_catalogue(files("quarterday_toms_rotherham"))]


@hookimpl
def commands() -> list[Command]:
    """``quarterday rotherham-policy``."""
    summary = "What Rotherham's policy asks of a contract of VALUE pounds."
    return [Command("rotherham-policy", summary, "quarterday_toms_rotherham.command:rotherham_policy")]
