"""The plugin that core itself is: documents delivered to a folder."""

from __future__ import annotations

from quarterday.hookspecs import hookimpl
from quarterday.ports import ReportSink

API_VERSION = 0


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """The folder sink."""
    from quarterday.reports.folder_sink import FolderSink

    return [FolderSink]
