"""The plugin's entry point: what runs an installation comes as commands, and mail as sinks."""

from datetime import time

from quarterday import Command, Daily, Every, EvidenceSource, Job, ReportSink, hookimpl, said

API_VERSION = 0


@hookimpl
def commands() -> list[Command]:
    """``quarterday up`` and ``quarterday clock``."""
    return [
        Command("clock", "Strike when a job is due; a worker does it.", "quarterday_scheduler.clock:clock"),
        Command("up", "Run pages, clock and worker; what crashes starts again.", "quarterday_scheduler.up:up"),
    ]


@hookimpl
def report_sinks() -> list[type[ReportSink]]:
    """Mail, and the mailbox that stands in for it."""
    from quarterday_scheduler.mailbox_sink import MailboxSink
    from quarterday_scheduler.smtp_sink import SmtpSink

    return [SmtpSink, MailboxSink]


@hookimpl
def evidence_sources() -> list[type[EvidenceSource]]:
    """Mail that came back."""
    from quarterday_scheduler.returned_mail import ReturnedMailSource

    return [ReturnedMailSource]


@hookimpl
def jobs() -> list[Job]:
    """What keeps an installation in order, by itself."""
    return [
        Job("seal", said("Seal the audit trail."), Every(1), "quarterday_scheduler.upkeep:seal"),
        Job(
            "upkeep",
            said("Put back what PostgreSQL's queue has lost."),
            Every(1),
            "quarterday_scheduler.upkeep:keep_up",
        ),
        Job(
            "open-returns",
            said("Open the returns of new periods."),
            Daily(time(5)),
            "quarterday_scheduler.upkeep:open_new",
        ),
        Job(
            "remind",
            said("Remind of returns; send staff their weekly lists."),
            Every(15),
            "quarterday_scheduler.reminding:remind",
        ),
        Job(
            "ask-ledger",
            said("Ask the ledger what was paid on contracts."),
            Daily(time(4)),
            "quarterday_scheduler.upkeep:ask_ledger",
        ),
        Job("sources", said("Read the sources that are set."), Every(15), "quarterday_scheduler.upkeep:read_sources"),
        Job(
            "sweep",
            said("Remove evidence files that nothing uses."),
            Daily(time(3)),
            "quarterday_scheduler.upkeep:sweep",
        ),
        Job(
            "forget",
            said("Remove what old jobs left behind."),
            Daily(time(3, 30)),
            "quarterday_scheduler.upkeep:forget",
        ),
    ]
