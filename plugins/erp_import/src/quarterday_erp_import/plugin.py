"""Spend files of a council's finance system, and the ledger built from them."""

from quarterday import Command, Ledger, Tables, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday spend``."""
    return [Command("spend", "Spend files: what one is, what is in it.", "quarterday_erp_import.cli.spend:spend")]


@hookimpl
def ledgers() -> list[type[Ledger]]:
    """What the council's spend files say was paid; none where the engine isn't installed."""
    from importlib.util import find_spec

    if find_spec("ibis") is None:
        return []
    from quarterday_erp_import.ledger.offered import SpendFiles

    return [SpendFiles]


@hookimpl
def tables() -> list[Tables]:
    """What is known of each batch of lines; the lines themselves lie in the folder ``ledger``."""
    place = "quarterday_erp_import.ledger"
    return [Tables(f"{place}.tables:METADATA", f"{place}.migrations", revision="0001", files="ledger")]
