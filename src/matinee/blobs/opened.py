"""Opens a blob store by its URL."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import MemoryStore, from_url

from matinee.blobs.local import LocalBlobs
from matinee.blobs.objects import ObjectBlobs
from matinee.blobs.port import BlobStore
from matinee.kit.errors import InvalidError

_OBJECT_SCHEMES = frozenset({"s3", "gs", "az"})


class BlobUrlError(InvalidError):
    """The URL names no store that can be opened."""

    code = "blob-url"
    title = "Not the URL of an object store"


def open_blobs(url: str) -> BlobStore:
    """Return the store at `url`; the engines read their credentials from the environment.

    Args:
        url: `file:///absolute/folder`, `s3://bucket/folder`, `gs://…`, `az://…`, or `memory:` (this process alone).

    Raises:
        BlobUrlError: for anything else.
        OSError: when a local folder cannot be made.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path.startswith("/") and not parts.netloc:
        return LocalBlobs(Path(unquote(parts.path)))
    if parts.scheme == "memory":
        return ObjectBlobs(MemoryStore())
    if parts.scheme in _OBJECT_SCHEMES and parts.netloc:
        try:
            return ObjectBlobs(from_url(url))
        except (BaseError, ValueError) as error:
            raise BlobUrlError("The object store cannot be opened; check its name and settings.") from error
    raise BlobUrlError("An object store is file:///folder, s3://bucket, gs://bucket, az://container or memory:.")
