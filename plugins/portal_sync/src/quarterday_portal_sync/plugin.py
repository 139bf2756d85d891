"""The plugin's entry point: an external social value portal as a source and a sink, and the address for its calls."""

from quarterday import Check, EvidenceSource, Page, ReportSink, hookimpl

API_VERSION = 0


@hookimpl
def checks() -> list[type[Check]]:
    """Whether the portal that an authority has set can be exchanged with, as far as that is known without asking it."""
    from quarterday_portal_sync.portal_check import PortalStanding

    return [PortalStanding]


@hookimpl
def evidence_sources() -> list[type[EvidenceSource]]:
    """The portal, inward."""
    from quarterday_portal_sync.portal import Portal

    return [Portal]


@hookimpl
def pages() -> list[Page]:
    """Where the portal says at once what was changed there."""
    return [Page("portal", "What a portal tells of its changes", "quarterday_portal_sync.webhooks:webhooks")]


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """The portal, outward."""
    from quarterday_portal_sync.portal import Portal

    return [Portal]
