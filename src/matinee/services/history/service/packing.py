"""Old records, packed: read, made, and put in the place of live rows so that a crash at any step loses nothing.

The order is what makes it safe. New pieces are written under a version of their own; the archive row is switched to
them, only if it still is what they were made from; then the live rows that they hold are removed, only if they are
still what was packed. Whoever stops in between leaves records twice, and reading takes the later one of each title.
Pieces that may be left over are noted before there are any, and removed when their time has come.
"""

import zlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from matinee.kit.clock import Clock
from matinee.kit.ids import Ids, ProfileId
from matinee.services.history.ports import Archive, HistoryStoreError, Viewing, ViewingStore
from matinee.services.history.service.rules import DAY_MS, merged, milliseconds, shown
from matinee.services.history.settings import HistorySettings

_FORM = b"\x01"  # msgpack of Viewing arrays, deflated
_LOOKS = 4
_SLACK = 4  # live rows may exceed their number by a quarter before they are packed, so that each packing moves several
# Longer than any packing takes: pieces that were never switched to are removed after it.
_UNUSED_MS = 3_600_000
_decoder = msgspec.msgpack.Decoder(list[Viewing])


def pack(records: Sequence[Viewing], chunk_bytes: int) -> list[bytes]:
    """Return records as pieces of at most `chunk_bytes`; at least one."""
    whole = _FORM + zlib.compress(msgspec.msgpack.encode(records), 6)
    return [whole[at : at + chunk_bytes] for at in range(0, len(whole), chunk_bytes)]


def unpack(pieces: Sequence[bytes]) -> list[Viewing]:
    """Return the records of a version.

    Raises:
        HistoryStoreError: when the pieces are damaged.
    """
    whole = b"".join(pieces)
    if not whole:
        return []
    try:
        if whole[:1] != _FORM:
            raise HistoryStoreError("Packed viewing has a form that is not known here.")
        return _decoder.decode(zlib.decompress(whole[1:]))
    except (zlib.error, msgspec.DecodeError) as error:
        raise HistoryStoreError("Packed viewing is damaged.") from error


@dataclass(frozen=True)
class Partition:
    """All that is kept of one profile.

    Attributes:
        live: rows, marks of deletion too.
        archive: where packed records are; None when there never were any. `packed` are those records.
    """

    live: Sequence[Viewing]
    archive: Archive | None
    packed: Sequence[Viewing]

    @property
    def cleared_ms(self) -> int:
        """Up to when everything was deleted; −1 when nothing ever was."""
        return -1 if self.archive is None else self.archive.cleared_ms

    def records(self) -> list[Viewing]:
        """Return what counts, latest first."""
        return shown(merged(self.packed, self.live).values(), self.cleared_ms)


class Packer:
    """Reads and packs the records of profiles.

    Args:
        ids: names of versions.
    """

    def __init__(self, store: ViewingStore, clock: Clock, ids: Ids, settings: HistorySettings) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._settings = settings
        self._known: OrderedDict[ProfileId, tuple[str, Sequence[Viewing]]] = OrderedDict()
        self._remembered = 0

    async def read(self, profile_id: ProfileId) -> Partition:
        """Return all that is kept of a profile.

        Live rows are read first: what leaves them afterwards is in the archive already, so nothing is missed.

        Raises:
            HistoryStoreError: when a version's pieces are missing however often one looks.
        """
        live = await self._store.live(profile_id)
        for _ in range(_LOOKS):
            archive = await self._store.archive(profile_id)
            if archive is None:
                return Partition(live, None, ())
            packed = await self._packed(profile_id, archive)
            if packed is not None:
                return Partition(live, archive, packed)
        raise HistoryStoreError("Packed viewing is not all there; try again.")

    async def _packed(self, profile_id: ProfileId, archive: Archive) -> Sequence[Viewing] | None:
        """Return packed records; None when a piece is gone, because another version has replaced this one."""
        known = self._known.get(profile_id)
        if known is not None and known[0] == archive.version:
            self._known.move_to_end(profile_id)
            return known[1]
        pieces: Sequence[bytes] | None = (archive.blob,)
        if archive.chunks:
            pieces = await self._store.chunks(profile_id, archive.version, archive.chunks)
        if pieces is None:
            return None
        records = tuple(unpack(pieces))
        self._remember(profile_id, archive.version, records)
        return records

    def _remember(self, profile_id: ProfileId, version: str, records: Sequence[Viewing]) -> None:
        self.forget(profile_id)
        self._known[profile_id] = (version, records)
        self._remembered += len(records) + 1
        while self._remembered > self._settings.remembered_records:
            _, (_, dropped) = self._known.popitem(last=False)
            self._remembered -= len(dropped) + 1

    def forget(self, profile_id: ProfileId) -> None:
        """Drop what is held in memory of a profile."""
        known = self._known.pop(profile_id, None)
        if known is not None:
            self._remembered -= len(known[1]) + 1

    def is_due(self, partition: Partition) -> bool:
        """Return whether a profile has live rows to pack."""
        return bool(self._leaving(partition))

    def _leaving(self, partition: Partition) -> list[Viewing]:
        """Return live rows to work off: records to pack, marks of what is packed, and marks that are old enough."""
        settings, now = self._settings, milliseconds(self._clock)
        rows = sorted((one for one in partition.live if not one.removed), key=lambda one: -one.event_ms)
        oldest = max(now - settings.live_days * DAY_MS, partition.cleared_ms)
        many = len(rows) > settings.live_records + settings.live_records // _SLACK
        leaving = [
            one for place, one in enumerate(rows) if one.event_ms <= oldest or (many and place >= settings.live_records)
        ]
        packed = {one.title_id: one.stamp for one in partition.packed}
        until = now - settings.tombstone_days * DAY_MS
        marks = [one for one in partition.live if one.removed]
        return leaving + [
            mark for mark in marks if mark.event_ms <= until or packed.get(mark.title_id, mark.stamp) < mark.stamp
        ]

    async def pack(self, profile_id: ProfileId) -> bool:
        """Pack what is due of a profile; False when nothing was, or somebody else was faster.

        Raises:
            HistoryStoreError: when the store fails; nothing is lost, and it may be done again.
        """
        partition = await self.read(profile_id)
        leaving = self._leaving(partition)
        if not leaving:
            return False
        moved = [one for one in leaving if not one.removed]
        marks = [one for one in partition.live if one.removed]
        records = shown(merged(partition.packed, moved, marks).values(), partition.cleared_ms)
        if not await self._replace(profile_id, partition.archive, records, cleared_ms=partition.cleared_ms):
            return False
        until = milliseconds(self._clock) - self._settings.tombstone_days * DAY_MS
        gone = [one for one in leaving if not one.removed or one.event_ms <= until]
        await self._store.remove_live(profile_id, gone)
        return True

    async def clear(self, profile_id: ProfileId) -> None:
        """Delete everything that was watched up to now, whatever is being packed at the time.

        Raises:
            HistoryStoreError: when the store fails, or others kept changing the archive.
        """
        # Also what is of a later moment than now, because the clock was set back since.
        live = await self._store.live(profile_id)
        now = max([milliseconds(self._clock), *(one.event_ms for one in live)])
        for _ in range(_LOOKS):
            archive = await self._store.archive(profile_id)
            cleared = max(now, -1 if archive is None else archive.cleared_ms)
            if await self._replace(profile_id, archive, (), cleared_ms=cleared):
                await self._store.remove_live_until(profile_id, cleared)
                return
        raise HistoryStoreError("The history is being changed from elsewhere; try again.")

    async def _replace(
        self, profile_id: ProfileId, before: Archive | None, records: Sequence[Viewing], *, cleared_ms: int
    ) -> bool:
        """Switch a profile to a new version that holds `records`; False when it is not `before` any more."""
        store, version, now = self._store, self._ids.new(), milliseconds(self._clock)
        pieces = pack(records, self._settings.chunk_bytes) if records else [b""]
        single = len(pieces) == 1
        if not single:
            await store.note_version(profile_id, version, due_ms=now + _UNUSED_MS)
            for number, piece in enumerate(pieces):
                await store.put_chunk(profile_id, version, number, piece)
        if before is not None and before.chunks:
            await store.note_version(profile_id, before.version, due_ms=now + _UNUSED_MS)
        archive = Archive(
            version=version,
            chunks=0 if single else len(pieces),
            blob=pieces[0] if single else b"",
            records=len(records),
            cleared_ms=cleared_ms,
        )
        if not await store.switch(profile_id, archive, expected=None if before is None else before.version):
            return False
        if before is not None and before.chunks:
            soon = milliseconds(self._clock) + self._settings.grace_seconds * 1000
            await store.note_version(profile_id, before.version, due_ms=soon)
        return True
