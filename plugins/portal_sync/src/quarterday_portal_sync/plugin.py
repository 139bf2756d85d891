"""The plugin's entry point: an external social value portal as a source and a sink, and the address for its calls."""

from datetime import time

from quarterday import (
    Check,
    Command,
    Daily,
    EvidenceSource,
    Job,
    Page,
    Permission,
    ReportSink,
    Screens,
    hookimpl,
    said,
)

API_VERSION = 0


@hookimpl
def checks() -> list[type[Check]]:
    """Whether the portal that an authority has set can be exchanged with, as far as that is known without asking it."""
    from quarterday_portal_sync.portal_check import PortalStanding

    return [PortalStanding]


@hookimpl
def commands() -> list[Command]:
    """``quarterday sync``."""
    summary = "Exchange records with a portal, and settle what differs."
    return [Command("sync", summary, "quarterday_portal_sync.cli.sync:sync")]


@hookimpl
def evidence_sources() -> list[type[EvidenceSource]]:
    """The portal, inward."""
    from quarterday_portal_sync.portal import Portal

    return [Portal]


@hookimpl
def jobs() -> list[Job]:
    """The comparison of both sides, each night."""
    summary = said("Compare both sides of each exchange with a portal whole.")
    return [Job("compare-portals", summary, Daily(time(2, 30)), "quarterday_portal_sync.nightly:compare_portals")]


@hookimpl
def pages() -> list[Page | Screens]:
    """Where the portal says at once what was changed there, and how the exchange stands."""
    calls = Page("portal", "What a portal tells of its changes", "quarterday_portal_sync.webhooks:webhooks")
    return [calls, Screens("portal", said("Portal"), Permission.SEE_FIGURES, "quarterday_portal_sync.screens:portal")]


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """The portal, outward."""
    from quarterday_portal_sync.portal import Portal

    return [Portal]
