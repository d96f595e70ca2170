"""The rules of resumable uploads (tus 1.0): what may be made, continued, joined and removed."""

import asyncio
import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import structlog

from matinee.contracts.catalogue import Catalogue
from matinee.contracts.ingest import SourceRefusedError, UploadNotFoundError
from matinee.kit.clock import Clock
from matinee.kit.deadline import deadline
from matinee.kit.errors import DeadlineError, UnavailableError
from matinee.kit.ids import Ids, UploadId
from matinee.services.ingest.ports import Spool, SpoolWriter, Upload, UploadStore
from matinee.services.ingest.service.names import ID_PATTERN, Metadata, MetadataError, text_form
from matinee.services.ingest.service.refusals import (
    FinalUploadError,
    PartsError,
    StorageFullError,
    TooManyUploadsError,
    UploadBusyError,
    UploadLengthError,
    UploadOffsetError,
    UploadTooLargeError,
)
from matinee.services.ingest.service.side_text import check_text, checked_form
from matinee.services.ingest.settings import IngestSettings

CHECKSUM_ALGORITHMS = ("sha1", "sha256")
MAX_PARTS = 64
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_CALL_SECONDS = 10.0
_GIVE_WAY_SECONDS = 15.0
_log = structlog.get_logger()


class Checksum(msgspec.Struct, frozen=True):
    """What a chunk must hash to."""

    algorithm: str
    digest: bytes


class Progress(msgspec.Struct, frozen=True):
    """An upload and how many bytes of it are safely on disk."""

    upload: Upload
    offset: int


@dataclass
class _Hold:
    """Who works on an upload. A newcomer makes the present one give way, for it is usually a dead connection."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    patience: asyncio.Timeout | None = None
    users: int = 0


OnComplete = Callable[[Upload], Awaitable[None]]


class Uploads:
    """Makes, continues, joins and removes uploads.

    Args:
        on_complete: told of each film whose bytes are all there; it must be repeatable.
    """

    def __init__(
        self,
        *,
        store: UploadStore,
        spool: Spool,
        catalogue: Catalogue,
        clock: Clock,
        ids: Ids,
        settings: IngestSettings,
        on_complete: OnComplete,
    ) -> None:
        self._store = store
        self._spool = spool
        self._catalogue = catalogue
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._on_complete = on_complete
        self._holds: dict[UploadId, _Hold] = {}

    @asynccontextmanager
    async def _held(self, upload_id: UploadId) -> AsyncIterator[_Hold]:
        hold = self._holds.setdefault(upload_id, _Hold())
        hold.users += 1
        try:
            patience, hold.patience = hold.patience, None
            if patience is not None:
                patience.reschedule(asyncio.get_running_loop().time())
            try:
                async with asyncio.timeout(_GIVE_WAY_SECONDS):
                    await hold.lock.acquire()
            except TimeoutError as error:
                raise UploadBusyError("Another request is working on this upload; try again.") from error
            try:
                yield hold
            finally:
                hold.lock.release()
        finally:
            hold.users -= 1
            if hold.users == 0:
                self._holds.pop(upload_id, None)

    async def _known(self, upload_id: str) -> Upload:
        upload = await self._store.get(UploadId(upload_id)) if ID_PATTERN.fullmatch(upload_id) else None
        if upload is None:
            raise UploadNotFoundError("There is no such upload, or it has expired.")
        return upload

    async def _room_for(self, length: int) -> None:
        if await self._store.count_open() >= self._settings.open_uploads:
            raise TooManyUploadsError("Too many uploads are unfinished; finish or remove one first.")
        free = await self._spool.free_bytes()
        if length + self._settings.disk_reserve_bytes > free:
            raise StorageFullError("The server's disk has no room for this file.", free_bytes=free)

    def _checked_length(self, length: int, metadata: Metadata) -> None:
        most = self._settings.max_text_bytes if metadata.role == "text" else self._settings.max_upload_bytes
        if length < 0:
            raise UploadLengthError("Upload-Length is a whole number of bytes, 0 or more.")
        if length > most:
            raise UploadTooLargeError(f"At most {most} bytes are accepted.", limit_bytes=most)
        if metadata.role == "text":
            checked_form(text_form(metadata.source_name))

    async def _check_references(self, metadata: Metadata) -> None:
        """Refuse a title or subtitle uploads that are not there, before any bytes are sent."""
        for text_id in metadata.text_uploads:
            text = await self._store.get(text_id)
            if text is None or text.role != "text" or not text.complete:
                raise MetadataError("text_uploads names a subtitle upload that is not there or not finished.")
        if metadata.title_id is not None:
            async with deadline(_CALL_SECONDS):
                await self._catalogue.title(title_id=metadata.title_id)

    def _new(self, metadata: Metadata, **fields: object) -> Upload:
        now = self._clock.now()
        described = {name: getattr(metadata, name) for name in metadata.__struct_fields__ if name != "raw"}
        return Upload(
            upload_id=UploadId(self._ids.new()),
            metadata=metadata.raw,
            complete=False,
            created_at=now,
            expires_at=self._expiry(),
            **described,
            **fields,  # type: ignore[arg-type]  # the three callers below name the rest
        )

    def _expiry(self) -> datetime:
        return self._clock.now() + timedelta(seconds=self._settings.upload_expiry_seconds)

    async def create(self, *, length: int, metadata: Metadata, concat: str = "") -> Upload:
        """Make an empty upload, whole or partial.

        Raises:
            UploadLengthError: when the length is negative.
            UploadTooLargeError: when it is over the bound.
            TooManyUploadsError: when too many are unfinished.
            StorageFullError: when the disk has no room.
            SourceRefusedError: when it is a subtitle of an unknown form.
            TitleNotFoundError: when the metadata names a title that is not there.
        """
        self._checked_length(length, metadata)
        await self._room_for(length)
        await self._check_references(metadata)
        kind = "partial" if concat else "whole"
        upload = self._new(metadata, length_bytes=length, kind=kind, concat=concat, parts=())
        await self._spool.create(upload.upload_id)
        await self._store.add(upload)
        if length == 0:
            upload = await self._completed(upload)
        return upload

    async def join(self, *, part_ids: tuple[str, ...], metadata: Metadata, concat: str) -> Upload:
        """Make a final upload of complete partial ones.

        Raises:
            PartsError: when there are none, too many, or one is not complete or not partial.
        """
        if not 0 < len(part_ids) <= MAX_PARTS:
            raise PartsError(f"Between 1 and {MAX_PARTS} parts can be joined.")
        parts = [await self._known(one) for one in part_ids]
        if any(not part.complete or part.kind != "partial" for part in parts):
            raise PartsError("Each part must be a complete partial upload.")
        length = sum(part.length_bytes for part in parts)
        self._checked_length(length, metadata)
        await self._check_references(metadata)
        await self._room_for(length)
        ids = tuple(part.upload_id for part in parts)
        upload = self._new(metadata, length_bytes=length, kind="final", concat=concat, parts=ids)
        await self._store.add(upload)
        return await self.finish_join(upload)

    async def finish_join(self, upload: Upload) -> Upload:
        """Copy the parts together and let go of them; repeatable until it is done."""
        async with self._held(upload.upload_id):
            upload = await self._known(upload.upload_id)
            if upload.complete:
                return upload
            parts = {part: await self._store.get(part) for part in upload.parts}
            if None in parts.values():
                await self._forget(upload)
                raise UploadNotFoundError("A part of the upload has expired.")
            await self._spool.join(upload.upload_id, upload.parts)
            upload = await self._completed(upload)
        for part in parts.values():
            if part is not None:
                await self._forget(part)
        return upload

    async def progress(self, upload_id: str) -> Progress:
        """Return an upload and how much of it is safe; who is writing it gives way.

        Raises:
            UploadNotFoundError: when there is none.
        """
        upload = await self._known(upload_id)
        async with self._held(upload.upload_id):
            return Progress(upload, await self._offset(upload))

    async def _offset(self, upload: Upload) -> int:
        if upload.complete or upload.kind == "final":
            return upload.length_bytes if upload.complete else 0
        return await self._spool.size(upload.upload_id)

    async def append(
        self,
        upload_id: str,
        *,
        offset: int,
        length: int | None,
        checksum: Checksum | None,
        chunks: AsyncIterator[bytes],
    ) -> Progress:
        """Add a chunk; what arrived of a broken-off one stays, unless it has a checksum.

        Args:
            offset: where the client believes the upload to end.
            length: how long the chunk says it is, None when it does not.
            chunks: the bytes; each step has a deadline of its own.

        Raises:
            UploadNotFoundError: when there is none.
            UploadOffsetError: when the upload ends elsewhere.
            UploadLengthError: when the chunk goes over the upload's length; nothing over it is kept.
            FinalUploadError: when it is a joined upload.
            ChecksumMismatchError: when the bytes are not those that the checksum was made of.
            SourceRefusedError: when the upload is complete and is no subtitle; it is removed.
        """
        upload = await self._known(upload_id)
        if upload.kind == "final":
            raise FinalUploadError("A joined upload cannot be continued.")
        async with self._held(upload.upload_id) as hold:
            present = await self._offset(upload)
            if offset != present:
                raise UploadOffsetError(f"The upload continues at byte {present}.", offset=present)
            if length is not None and present + length > upload.length_bytes:
                raise UploadLengthError("The chunk goes over the upload's length.")
            if present < upload.length_bytes:
                await self._receive(upload, present, checksum, chunks, hold)
            present = await self._offset(upload)
            if present == upload.length_bytes:
                upload = await self._completed(upload)
            else:
                upload = msgspec.structs.replace(upload, expires_at=self._expiry())
                await self._store.replace(upload)
            return Progress(upload, present)

    async def _receive(
        self, upload: Upload, offset: int, checksum: Checksum | None, chunks: AsyncIterator[bytes], hold: _Hold
    ) -> None:
        upload_id = upload.upload_id
        if checksum is None:
            writing = self._spool.append(upload_id, offset=offset)
        else:
            algorithm, digest = checksum.algorithm, checksum.digest
            writing = self._spool.append_checked(upload_id, offset=offset, algorithm=algorithm, digest=digest)
        try:
            async with writing as writer, asyncio.timeout(None) as patience:
                hold.patience = patience
                try:
                    await _fill(writer, chunks, upload.length_bytes - offset)
                finally:
                    # What follows must not be interrupted any more.
                    hold.patience = None
        except TimeoutError as error:
            raise UploadBusyError("A newer request continues this upload.") from error
        except OSError as error:
            if error.errno not in _FULL:
                raise
            raise StorageFullError("The server's disk is full; what fitted is kept.") from error

    async def _completed(self, upload: Upload) -> Upload:
        """Record that all bytes are there, and pass a film on; repeatable."""
        if upload.role == "text" and upload.kind != "partial":
            await self._check_subtitles(upload)
        if not upload.complete:
            upload = msgspec.structs.replace(upload, complete=True, expires_at=self._expiry())
            await self._store.replace(upload)
        if upload.is_film:
            try:
                await self._on_complete(upload)
            except (UnavailableError, DeadlineError) as error:
                # The bytes are safe and the client is done; the next sweep makes the job.
                _log.warning("upload_not_passed_on", upload_id=upload.upload_id, code=error.code)
        return upload

    async def _check_subtitles(self, upload: Upload) -> None:
        data = await asyncio.to_thread(self._spool.file(upload.upload_id).read_bytes)
        try:
            check_text(data, text_form(upload.source_name))
        except SourceRefusedError:
            await self._forget(upload)
            raise

    async def terminate(self, upload_id: str) -> None:
        """Remove an upload and its bytes.

        Raises:
            UploadNotFoundError: when there is none.
        """
        upload = await self._known(upload_id)
        async with self._held(upload.upload_id):
            await self._forget(upload)

    async def _forget(self, upload: Upload) -> None:
        await self._store.remove(upload.upload_id)
        if not (upload.complete and upload.is_film):
            # A complete film's bytes belong to its job.
            await self._spool.remove(upload.upload_id)

    async def forget_strays(self) -> None:
        """Remove bytes that no upload and no job knows, which a killed process left; only at the start."""
        held = set(await self._store.holding_bytes())
        for found in await self._spool.ids():
            if found not in held:
                await self._spool.remove(found)

    async def sweep(self) -> None:
        """Remove what expired, and go on with what a stopped process left between two steps."""
        for upload in await self._store.expired(self._clock.now()):
            if upload.upload_id not in self._holds:
                await self._forget(upload)
        for upload in await self._store.joining():
            if upload.upload_id not in self._holds:
                await self.finish_join(upload)
        for upload in await self._store.without_job():
            await self._on_complete(upload)


async def _fill(writer: SpoolWriter, chunks: AsyncIterator[bytes], room: int) -> None:
    """Write chunks until they end.

    Raises:
        UploadLengthError: when more comes than there is room for.
    """
    async for chunk in chunks:
        await writer.write(chunk[:room])
        if len(chunk) > room:
            raise UploadLengthError("The chunk goes over the upload's length.")
        room -= len(chunk)
