"""Spend files of a council's finance system, and the ledger built from them."""

from datetime import time

from quarterday import (
    Check,
    Command,
    Daily,
    Every,
    EvidenceSource,
    Job,
    Ledger,
    Permission,
    Screens,
    Tables,
    hookimpl,
    said,
)

API_VERSION = 0


@hookimpl
def checks() -> list[type[Check]]:
    """Whether spend files come, and are read, and whether their lines are on this machine."""
    from quarterday_erp_import.feeds.check import SpendFeeds
    from quarterday_erp_import.ledger.check import LedgerLines

    return [SpendFeeds, LedgerLines]


@hookimpl
def commands() -> list[Command]:
    """``quarterday spend``."""
    return [Command("spend", "Spend files: what one is, what is in it.", "quarterday_erp_import.cli.spend:spend")]


@hookimpl
def evidence_sources() -> list[type[EvidenceSource]]:
    """Where spend files come from by themselves."""
    from quarterday_erp_import.feeds.bucket import SpendBucket
    from quarterday_erp_import.feeds.folder import SpendFolder
    from quarterday_erp_import.feeds.sftp import SpendSftp
    from quarterday_erp_import.feeds.web import SpendWeb

    return [SpendFolder, SpendSftp, SpendBucket, SpendWeb]


@hookimpl
def jobs() -> list[Job]:
    """What keeps the folder of lines in order, and the figures over them up to date."""
    summary = said("Remove lines that interrupted imports left behind.")
    sweep = Job("sweep-ledger", summary, Daily(time(3, 15)), "quarterday_erp_import.ledger.offered:sweep")
    summary = said("Reckon the ledger's figures where something changed that they rest on.")
    figures = Job("ledger-figures", summary, Every(5), "quarterday_erp_import.figures.offered:reckon_figures")
    summary = said("Read the spend files that came in.")
    files = Job("import-spend", summary, Every(15), "quarterday_erp_import.ledger.offered:import_spend")
    summary = said("Decide who was paid, by the list of suppliers.")
    match = Job("match-payees", summary, Every(60), "quarterday_erp_import.ledger.offered:match_payees")
    return [files, sweep, figures, match] if _has_engine() else []


@hookimpl
def ledgers() -> list[type[Ledger]]:
    """What the council's spend files say was paid."""
    from quarterday_erp_import.ledger.offered import SpendFiles

    return [SpendFiles] if _has_engine() else []


@hookimpl
def pages() -> list[Screens]:
    """The ledger in the browser."""
    return [Screens("ledger", said("Ledger"), Permission.SEE_FIGURES, "quarterday_erp_import.screens:ledger")]


@hookimpl
def tables() -> list[Tables]:
    """What is known of each batch of lines; the lines themselves lie in the folder ``ledger``."""
    place = "quarterday_erp_import.ledger"
    return [Tables(f"{place}.tables:METADATA", f"{place}.migrations", revision="0009", files="ledger")]


def _has_engine() -> bool:
    """Whether the ledger engine is installed, which is an extra."""
    from importlib.util import find_spec

    return find_spec("ibis") is not None
