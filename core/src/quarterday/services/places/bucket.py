"""A bucket on S3-compatible storage, or those of its objects whose names begin alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from quarterday.errors import NotConfigured, Refused, Retryable
from quarterday.services.places.place import PIECE, Entry, Place, is_gone, within
from quarterday.services.places.servers import CONNECT_SECONDS, SILENT_SECONDS, installed

_NOT_OURS = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "NoSuchBucket", "403", "401"}
_GONE = {"NoSuchKey", "PreconditionFailed", "404", "412"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and the keys to it."""

    name: str
    prefix: str
    """How the names of the objects begin, like ``finance/``."""
    address: str
    """Where the storage answers; "" for Amazon's own."""
    region: str
    key: str
    secret: str
    settings: Mapping[str, str]
    """What the settings with the ``bucket`` and the ``address`` are called."""


@contextmanager
def bucket_place(bucket: Bucket) -> Iterator[Place]:
    """The bucket; what goes wrong is said in a sentence, and by who should act."""
    with installed("botocore", setting=bucket.settings["bucket"]):
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    try:
        storage = _session().create_client(
            "s3",
            region_name=bucket.region,
            endpoint_url=bucket.address or None,
            aws_access_key_id=bucket.key,
            aws_secret_access_key=bucket.secret,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=SILENT_SECONDS,
                retries={"total_max_attempts": 2},
                request_checksum_calculation="when_required",  # other storage than Amazon's may know no such sums
                s3={"addressing_style": "path"} if bucket.address else None,
            ),
        )
    except ValueError as error:
        why = "It is no address; write it like https://s3.example.gov.uk."
        raise NotConfigured(bucket.settings["address"], why) from error
    try:
        yield _Bucket(storage, bucket)
    except ClientError as error:
        code = _code(error)
        if code in _NOT_OURS:
            why = "The storage refuses ({code}); look at the bucket and the keys."
            raise NotConfigured(bucket.settings["bucket"], why, code=code) from error
        raise Retryable("The storage can't answer now ({code}).", code=code, after=600) from error
    except (BotoCoreError, OSError) as error:
        raise Retryable("The storage can't be reached ({what}).", what=type(error).__name__, after=600) from error
    finally:
        storage.close()


class _Bucket:
    is_whole_at_once = True

    def __init__(self, storage: Any, bucket: Bucket) -> None:
        self._storage = storage
        self._bucket = bucket

    def entries(self, *, deep: bool) -> Iterator[Entry]:
        alone = {} if deep else {"Delimiter": "/"}
        pages = self._storage.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket.name, Prefix=self._bucket.prefix, **alone
        )
        for page in pages:
            yield from (self._entry(one) for one in page.get("Contents", []))

    def content(self, path: str, key: str) -> Iterator[bytes]:
        from botocore.exceptions import ClientError

        name = self._bucket.prefix + path
        try:
            found = self._storage.get_object(Bucket=self._bucket.name, Key=name)
        except ClientError as error:
            if (code := _code(error)) in _GONE:
                raise is_gone() from error
            if code in _NOT_OURS:
                raise Refused("The storage doesn't give the file out ({code}).", code=code) from error
            raise
        with closing(found["Body"]) as body:
            if self._entry({**found, "Size": found["ContentLength"], "Key": name}).key != key:
                raise Refused("The file was changed since it was listed; it is taken when it is listed again.")
            yield from body.iter_chunks(PIECE)

    def small(self, path: str) -> bytes | None:
        from botocore.exceptions import ClientError

        try:
            found = self._storage.get_object(Bucket=self._bucket.name, Key=self._at(path))
        except ClientError as error:
            if _code(error) in _GONE:
                return None
            raise
        with closing(found["Body"]) as body:
            return bytes(body.read(PIECE))

    def write(self, path: str, content: bytes) -> None:
        self._storage.put_object(Bucket=self._bucket.name, Key=self._at(path), Body=content)

    def move(self, path: str, to: str) -> bool:
        from botocore.exceptions import ClientError

        source = {"Bucket": self._bucket.name, "Key": self._at(path)}
        try:
            self._storage.copy_object(Bucket=self._bucket.name, Key=self._at(to), CopySource=source)
        except ClientError as error:
            if _code(error) in _GONE:
                return False
            raise
        self._storage.delete_object(**source)
        return True

    def _at(self, path: str) -> str:
        return self._bucket.prefix + within(path)

    def _entry(self, found: dict[str, Any]) -> Entry:
        path = found["Key"].removeprefix(self._bucket.prefix)
        return Entry(path, found["Size"], found["LastModified"].timestamp(), found["ETag"].strip('"'))


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@cache
def _session() -> Any:
    """What makes clients; it reads large descriptions of the service, once."""
    from botocore.session import Session

    return Session()
