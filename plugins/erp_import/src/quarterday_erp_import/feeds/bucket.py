"""The source of a bucket on S3-compatible storage, to which a finance system uploads its spend files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from quarterday import BadRecord, Item, said
from quarterday.services.places.bucket import Bucket, bucket_place
from quarterday.services.places.place import Place
from quarterday_erp_import.feeds.entries import items

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import S3Settings


class SpendBucket:
    """Gives each object of a bucket whose name begins as was set. An object is there whole or not at all."""

    id = "spend-s3"
    title: str = said("Spend files in S3-compatible storage")

    def __init__(self, settings: S3Settings) -> None:
        self._set = settings

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the bucket is, and the keys to it."""
        from quarterday_erp_import.feeds.settings import S3Settings

        return S3Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there; raises :class:`NotConfigured` where there is no such bucket."""
        with self._opened() as place:
            found = list(place.entries(deep=True))
        yield from items(found, whole_by=time.time() + 86_400)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        with self._opened() as place:
            yield from place.content(str(item.payload["path"]), item.key)

    def _opened(self) -> AbstractContextManager[Place]:
        bucket = Bucket(
            name=self._set.s3_bucket,
            prefix=self._set.s3_folder,
            address=self._set.s3_address,
            region=self._set.s3_region,
            key=self._set.s3_key,
            secret=self._set.s3_secret.get_secret_value(),
            settings={"bucket": "s3_bucket", "address": "s3_address"},
        )
        return bucket_place(bucket)
