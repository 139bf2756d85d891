"""The files suppliers send as evidence: looked at before they are kept, and kept under the digest of their content."""

from quarterday.evidence.keeping import Keeper, Kept, Limits
from quarterday.evidence.names import download_name, plain_name
from quarterday.evidence.scanning import ClamAV, Outcome, Scan, Scanner
from quarterday.evidence.store import Lost, Store

__all__ = [
    "ClamAV",
    "Keeper",
    "Kept",
    "Limits",
    "Lost",
    "Outcome",
    "Scan",
    "Scanner",
    "Store",
    "download_name",
    "plain_name",
]
