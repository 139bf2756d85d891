"""The plugin's entry point: what runs an installation comes as commands, and mail as sinks."""

from quarterday import Command, ReportSink, hookimpl

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday up``."""
    return [Command("up", "Run pages and worker together; what crashes starts again.", "quarterday_scheduler.up:up")]


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """Mail, and the mailbox that stands in for it."""
    from quarterday_scheduler.mailbox_sink import MailboxSink
    from quarterday_scheduler.smtp_sink import SmtpSink

    return [SmtpSink, MailboxSink]
