"""The tables, by subject. Facts are added, never changed: the newest row wins, and the old ones stay."""

from quarterday.db.columns import METADATA
from quarterday.db.models.access import ParkedForm, RecoveryCode, SecondFactor, SignInSession, SignInToken
from quarterday.db.models.audit import AuditRow, AuditSeal
from quarterday.db.models.background import JobPause, JobRun, Occurrence, OutboxRow
from quarterday.db.models.contracts import (
    Contract,
    ContractAuthority,
    ContractEnd,
    ContractOwner,
    ContractParty,
    ContractPin,
    Period,
    Pinning,
)
from quarterday.db.models.ledger import LedgerAsking, LedgerFigure, SpendTrigger
from quarterday.db.models.messages import MailOutcome, MessageTemplate
from quarterday.db.models.parties import (
    Authority,
    Membership,
    Supplier,
    SupplierAlias,
    SupplierIdentifier,
    User,
)
from quarterday.db.models.plugins import (
    PluginEvent,
    PluginFolder,
    PluginSetting,
    SourceCursor,
    SourceItem,
    SourceReject,
)
from quarterday.db.models.promises import Commitment, OpeningBalance, Target, Variation
from quarterday.db.models.reminders import Ladder, Reminder, ReturnExtension
from quarterday.db.models.returns import (
    Activity,
    ActivityFact,
    ActivityShare,
    DraftEntry,
    Entry,
    EntryEvidence,
    Evidence,
    NothingDone,
    Return,
    Revision,
    RevisionEntry,
    Words,
)
from quarterday.db.models.reviews import Review, Valuation
from quarterday.db.models.snapshots import EditionSnapshot, LocalAreaDefinition, ValueSetSnapshot

__all__ = [
    "METADATA",
    "Activity",
    "ActivityFact",
    "ActivityShare",
    "AuditRow",
    "AuditSeal",
    "Authority",
    "Commitment",
    "Contract",
    "ContractAuthority",
    "ContractEnd",
    "ContractOwner",
    "ContractParty",
    "ContractPin",
    "DraftEntry",
    "EditionSnapshot",
    "Entry",
    "EntryEvidence",
    "Evidence",
    "JobPause",
    "JobRun",
    "Ladder",
    "LedgerAsking",
    "LedgerFigure",
    "LocalAreaDefinition",
    "MailOutcome",
    "Membership",
    "MessageTemplate",
    "NothingDone",
    "Occurrence",
    "OpeningBalance",
    "OutboxRow",
    "ParkedForm",
    "Period",
    "Pinning",
    "PluginEvent",
    "PluginFolder",
    "PluginSetting",
    "RecoveryCode",
    "Reminder",
    "Return",
    "ReturnExtension",
    "Review",
    "Revision",
    "RevisionEntry",
    "SecondFactor",
    "SignInSession",
    "SignInToken",
    "SourceCursor",
    "SourceItem",
    "SourceReject",
    "SpendTrigger",
    "Supplier",
    "SupplierAlias",
    "SupplierIdentifier",
    "Target",
    "User",
    "Valuation",
    "ValueSetSnapshot",
    "Variation",
    "Words",
]
