"""Any finance system's spend file, understood without configuration and read into typed lines.

:func:`profile` says what a file is understood to be, :func:`read` gives its lines, :func:`account` counts them, and
:class:`Once` does all of that in one pass.
Nothing here knows a database.
"""

from quarterday_erp_import.reading.accounting import Account, account
from quarterday_erp_import.reading.chunks import Chunk, Quarantined, read
from quarterday_erp_import.reading.file_profile import Profile, Question
from quarterday_erp_import.reading.mapping import Settled, read_settled, save, saved
from quarterday_erp_import.reading.once import Once, Otherwise
from quarterday_erp_import.reading.understanding import profile

__all__ = [
    "Account",
    "Chunk",
    "Once",
    "Otherwise",
    "Profile",
    "Quarantined",
    "Question",
    "Settled",
    "account",
    "profile",
    "read",
    "read_settled",
    "save",
    "saved",
]
