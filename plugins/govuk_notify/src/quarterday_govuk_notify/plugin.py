"""The plugin's entry point: GOV.UK Notify as a sink for messages, and the address for its delivery receipts."""

from quarterday import Page, ReportSink, hookimpl

API_VERSION = 0


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """GOV.UK Notify."""
    from quarterday_govuk_notify.sink import NotifySink

    return [NotifySink]


@hookimpl
def pages() -> list[Page]:
    """Where GOV.UK Notify says what became of a message."""
    return [Page("govuk-notify", "Delivery receipts of GOV.UK Notify", "quarterday_govuk_notify.receipts:receipts")]
