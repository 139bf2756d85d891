"""The source of a bucket on S3-compatible storage, to which a finance system uploads its spend files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from quarterday import BadRecord, Item, NotConfigured, Refused, Retryable, said
from quarterday_erp_import.feeds.entries import PIECE, Entry, items
from quarterday_erp_import.feeds.transports import CONNECT_SECONDS, SILENT_SECONDS, transport

if TYPE_CHECKING:
    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import S3Settings

_NOT_OURS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "403", "401"}
_GONE = {"NoSuchKey", "PreconditionFailed", "404", "412"}


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
        with self._storage() as storage:
            pages = storage.get_paginator("list_objects_v2").paginate(
                Bucket=self._set.s3_bucket, Prefix=self._set.s3_folder
            )
            found = [self._entry(one) for page in pages for one in page.get("Contents", [])]
        yield from items(found, whole_by=time.time() + 86_400)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        with self._storage(file=True) as storage:
            name = self._set.s3_folder + str(item.payload["path"])
            found = storage.get_object(Bucket=self._set.s3_bucket, Key=name)
            with closing(found["Body"]) as body:
                listed = {"Size": found["ContentLength"], "Key": name}
                if self._entry({**found, **listed}).key != item.key:
                    raise Refused("The file was changed since it was listed; it is taken when it is listed again.")
                yield from body.iter_chunks(PIECE)

    def _entry(self, said: dict[str, Any]) -> Entry:
        path = said["Key"].removeprefix(self._set.s3_folder)
        return Entry(path, said["Size"], said["LastModified"].timestamp(), said["ETag"].strip('"'))

    @contextmanager
    def _storage(self, *, file: bool = False) -> Iterator[Any]:
        """The storage, to list files or to fetch a ``file``; what goes wrong is said in a sentence, and by who should
        act."""
        with transport():
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError, ClientError
        try:
            storage = _session().create_client(
                "s3",
                region_name=self._set.s3_region,
                endpoint_url=self._set.s3_address or None,
                aws_access_key_id=self._set.s3_key,
                aws_secret_access_key=self._set.s3_secret.get_secret_value(),
                config=Config(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=SILENT_SECONDS,
                    retries={"total_max_attempts": 2},
                    s3={"addressing_style": "path"} if self._set.s3_address else None,
                ),
            )
        except ValueError as error:
            raise NotConfigured("s3_address", "It is no address; write it like https://s3.example.gov.uk.") from error
        try:
            yield storage
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                raise Refused("The file isn't there any more.") from error
            if code in _NOT_OURS and file:
                raise Refused("The storage doesn't give the file out ({code}).", code=code) from error
            if code in _NOT_OURS:
                why = "The storage refuses ({code}); look at the bucket and the keys."
                raise NotConfigured("s3_bucket", why, code=code) from error
            raise Retryable("The storage can't answer now ({code}).", code=code, after=600) from error
        except (BotoCoreError, OSError) as error:
            raise Retryable("The storage can't be reached ({what}).", what=type(error).__name__, after=600) from error
        finally:
            storage.close()


@cache
def _session() -> Any:
    """What makes clients; it reads large descriptions of the service, once."""
    from botocore.session import Session

    return Session()
