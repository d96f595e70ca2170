"""Subtitle files become blobs that a work order names."""

import asyncio
import hashlib
import os
from pathlib import Path

from matinee.blobs.port import BlobStore
from matinee.contracts.ingest import SourceRefusedError
from matinee.contracts.transcode import SideText
from matinee.kit.media import Language
from matinee.kit.paths import display_name
from matinee.services.ingest.ports import Spool, Upload, UploadStore
from matinee.services.ingest.service.imports import opened_import
from matinee.services.ingest.service.names import text_form, text_label, text_language
from matinee.services.ingest.service.side_text import check_text
from matinee.services.ingest.settings import IngestSettings


class Texts:
    """Checks subtitle files and stores them by content."""

    def __init__(self, blobs: BlobStore, spool: Spool, uploads: UploadStore, settings: IngestSettings) -> None:
        self._blobs = blobs
        self._spool = spool
        self._uploads = uploads
        self._settings = settings

    async def from_uploads(self, film: Upload) -> tuple[SideText, ...]:
        """Return the subtitles that a film's upload names; what has expired meanwhile is left out."""
        found = []
        for text_id in film.text_uploads:
            upload = await self._uploads.get(text_id)
            if upload is not None and upload.complete:
                data = await asyncio.to_thread(self._spool.file(text_id).read_bytes)
                language, forced = text_language(upload.source_name)
                stated = upload.language if upload.language != "und" else language
                found.append(await self._stored(data, upload.source_name, stated, forced=forced))
        return tuple(found)

    async def from_disk(self, paths: tuple[str, ...], folders: tuple[Path, ...]) -> tuple[SideText, ...]:
        """Return the subtitles of an import.

        Raises:
            ImportRefusedError: when a path may not be read.
            SourceRefusedError: when a file is no subtitle, or too large.
        """
        found = []
        for path in paths:
            data = await asyncio.to_thread(_read, path, folders, self._settings.max_text_bytes)
            name = display_name(Path(path).name)
            language, forced = text_language(name)
            found.append(await self._stored(data, name, language, forced=forced))
        return tuple(found)

    async def _stored(self, data: bytes, name: str, language: Language, *, forced: bool) -> SideText:
        form = check_text(data, text_form(name))
        key = f"sources/text/{hashlib.sha256(data).hexdigest()}.{form}"
        await self._blobs.put(key, data)
        return SideText(blob_key=key, form=form, language=language, label=text_label(language), forced=forced)


def _read(path: str, folders: tuple[Path, ...], most: int) -> bytes:
    with opened_import(path, folders) as descriptor:
        if os.fstat(descriptor).st_size > most:
            raise SourceRefusedError(f"A subtitle file has at most {most} bytes.")
        return os.read(descriptor, most)
