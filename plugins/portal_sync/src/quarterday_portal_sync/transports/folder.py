"""Exchange by files: the portal's lie in one folder, ours go to another; on this machine, an SFTP server or a bucket.

Of ours each file is there whole or not at all, and once: beside them the hidden folder ``.quarterday`` holds a receipt
for each, so that one which was taken away isn't written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from quarterday import BadRecord, Refused
from quarterday.services.places.place import Place
from quarterday_portal_sync.transports.folder_coming import Coming
from quarterday_portal_sync.transports.folder_places import whole
from quarterday_portal_sync.transports.folder_written import Written, written
from quarterday_portal_sync.transports.port import Going, Sent, Told

if TYPE_CHECKING:
    from quarterday_portal_sync.mapping.file import PortalMapping
    from quarterday_portal_sync.transports.folder_settings import FolderPart

HIDDEN = ".quarterday"
"""The folder beside our files that holds their receipts, and files until they are whole."""


class Folder:
    """An exchange folder, as a way to the other side. Making one opens nothing."""

    def __init__(self, settings: FolderPart, mapping: PortalMapping) -> None:
        self._settings = settings
        self._mapping = mapping

    def changed(self, since: str) -> Iterator[Told | BadRecord]:
        """What is in the files that were not read yet, in their order, row by row; raises as ``items`` does.

        A file that was changed is another file. One that can't be read costs the others nothing; it counts as read, and
        is read once it is put there again.
        """
        yield from Coming(self._settings, self._mapping).changed(since)

    def listed(self) -> Iterator[Told | BadRecord]:
        """All that they hold, as the newest file of each kind says whose files hold all; raises as ``items`` does."""
        yield from Coming(self._settings, self._mapping).listed()

    def send(self, going: Sequence[Going], key: str) -> Sent:
        """Write the records of each kind as a file, once under a delivery's key, and return once they are there for
        good. That it was written is all that is known of a record until the portal exports it.

        Raises :class:`Refused` where a file of this delivery was written with another content.
        """
        delivery = written(self._mapping, going, key)
        if delivery.files:
            with whole(self._settings) as place:
                for file in delivery.files:
                    self._lay(place, file)
        return Sent(", ".join(file.name for file in delivery.files), delivery.answers)

    def rehearse(self, going: Sequence[Going], key: str) -> bytes:
        """The file that would be written; of more than one each after a line with its name."""
        files = written(self._mapping, going, key).files
        if len(files) == 1:
            return files[0].content
        return b"\n".join(b"\n".join((file.name.encode(), file.content)) for file in files)

    def _lay(self, place: Place, file: Written) -> None:
        """Put a file there once: it is laid down hidden, then its receipt, and then it is moved to its place. A receipt
        without a file beside it says that this is over, whoever took the file away since."""
        ours = PurePosixPath(self._settings.exchange_ours)
        laid, receipt = str(ours / HIDDEN / file.name), str(ours / HIDDEN / f"{file.name}.json")
        digest = sha256(file.content).hexdigest()
        before = place.small(receipt)
        if before is None:
            place.write(laid, file.content)
            place.write(receipt, json.dumps({"sha256": digest}).encode())
        elif json.loads(before)["sha256"] != digest:
            raise Refused("{file} was written for this delivery with another content.", file=file.name)
        place.move(laid, str(ours / file.name))
