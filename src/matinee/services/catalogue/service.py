"""The rules of the catalogue."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import msgspec

from matinee.contracts.catalogue import (
    PUBLISHED_TOPIC,
    ArtworkKind,
    BrowsePage,
    NewTitle,
    PictureError,
    Published,
    Release,
    Title,
    TitleChange,
    TitleChangedError,
    TitleFieldsError,
    TitleNotFoundError,
    TitlePage,
    Viewer,
)
from matinee.kit.clock import Clock
from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.ids import Ids, TitleId
from matinee.services.catalogue.artwork import Artwork, sent_digest
from matinee.services.catalogue.metadata import fitting, spoken
from matinee.services.catalogue.ports import Eyes, NewOutboxEntry, PageKey, SentPicture, TitleRows, TitleStore
from matinee.services.catalogue.settings import CatalogueSettings
from matinee.services.catalogue.shelves import browse_page
from matinee.services.catalogue.visibility import check_visible, hidden_from, no_such_title
from matinee.services.catalogue.writes import TitleWrites

MAX_PAGE = 100
MAX_QUERY_CHARACTERS = 200


class CatalogueService:
    """Implements `contracts.catalogue.Catalogue`.

    Args:
        store: titles, transactional.
        artwork: pictures.
        outbox_wake: set after a commit that left an event to send.

    Attributes:
        writes: the same rules for who has a transaction open.
    """

    def __init__(
        self,
        *,
        store: TitleStore,
        artwork: Artwork,
        cursors: Cursors,
        clock: Clock,
        ids: Ids,
        settings: CatalogueSettings,
        outbox_wake: asyncio.Event,
    ) -> None:
        self._store = store
        self._artwork = artwork
        self._cursors = cursors
        self._clock = clock
        self._settings = settings
        self.writes = TitleWrites(clock=clock, ids=ids, settings=settings, wake=outbox_wake)

    async def create_title(self, *, new: NewTitle) -> Title:
        """Store a title."""
        async with self._store.writing() as rows:
            (title,) = await self.writes.create_many_in(rows, (new,))
        self.writes.committed()
        return title

    async def title(self, *, title_id: TitleId) -> Title:
        """Return one title."""
        async with self._store.reading() as rows:
            title = await rows.get(title_id)
        if title is None:
            raise no_such_title()
        return title

    async def visible_title(self, *, title_id: TitleId, viewer: Viewer) -> Title:
        """Return one title that a viewer may know of; an episode is as hidden as its series.

        Raises:
            TitleNotFoundError: when there is none, or it is hidden.
            SignInNeededError: when a member could see it.
        """
        async with self._store.reading() as rows:
            title = await rows.get(title_id)
            series = None if title is None or title.series_id is None else await rows.get(title.series_id)
        if title is None:
            raise no_such_title()
        check_visible([part for part in (title, series) if part is not None], viewer, self._clock.now())
        return title

    async def change_title(self, *, title_id: TitleId, change: TitleChange, if_version: int | None = None) -> Title:
        """Apply a change."""
        async with self._store.writing() as rows:
            title = await self.writes.for_change(rows, title_id)
            if if_version is not None and if_version != title.version:
                raise TitleChangedError("Somebody changed the title meanwhile; load it again.", version=title.version)
            changed = await self.writes.change_in(rows, title, change)
        self.writes.committed()
        return changed

    async def delete_title(self, *, title_id: TitleId) -> None:
        """Remove a title and, of a series, its episodes."""
        async with self._store.writing() as rows:
            title = await rows.get_for_change(title_id)
            if title is None:
                return
            await self.writes.delete_in(rows, title)
        self.writes.committed()

    async def titles(self, *, limit: int = 50, cursor: str | None = None, query: str = "") -> TitlePage:
        """Return a page of all titles, newest first."""
        limit = max(1, min(limit, MAX_PAGE))
        query = query[:MAX_QUERY_CHARACTERS].replace("\0", "").strip()
        scope = f"titles:{query}"
        after = None if cursor is None else self._page_key(scope, cursor)
        async with self._store.reading() as rows:
            found = tuple(await rows.page(limit=limit + 1, after=after, query=query))
        items = found[:limit]
        if len(found) <= limit:
            return TitlePage(items=items, next_cursor=None)
        ended = (items[-1].created_at.isoformat(), items[-1].title_id)
        return TitlePage(items=items, next_cursor=self._cursors.encode(scope, ended))

    def _page_key(self, scope: str, cursor: str) -> PageKey:
        match self._cursors.decode(scope, cursor):
            case (str(created_at), str(title_id)):
                return PageKey(datetime.fromisoformat(created_at), title_id)
            case _:
                raise CursorError("The cursor is not one of ours; start again from the first page.")

    async def episodes(self, *, series_id: TitleId) -> tuple[Title, ...]:
        """Return a series' episodes in order."""
        async with self._store.reading() as rows:
            return tuple(await rows.episodes(series_id))

    async def visible_episodes(self, *, series_id: TitleId, viewer: Viewer) -> tuple[Title, ...]:
        """Return a series' episodes that a viewer may know of, in order."""
        now = self._clock.now()
        found = await self.episodes(series_id=series_id)
        return tuple(episode for episode in found if not hidden_from(episode, viewer, now))

    async def browse(self, *, viewer: Viewer) -> BrowsePage:
        """Return the shelves."""
        page, _ = await self.shelves(viewer=viewer)
        return page

    async def shelves(self, *, viewer: Viewer) -> tuple[BrowsePage, frozenset[TitleId]]:
        """Return the shelves, and which of all series have something to play."""
        eyes = Eyes(viewer, self._clock.now())
        async with self._store.reading() as rows:
            found = await rows.listed(eyes, limit=self._settings.browse_titles)
            series = await rows.playable_series({one.title_id for one in found}, eyes)
        return browse_page(found, series, shelf_items=self._settings.shelf_items), series

    async def playable_series(self, *, titles: Iterable[Title], viewer: Viewer) -> frozenset[TitleId]:
        """Return which of some titles are series with an episode that a viewer may play."""
        wanted = {title.title_id for title in titles if title.kind == "series"}
        if not wanted:
            return frozenset()
        async with self._store.reading() as rows:
            return await rows.playable_series(wanted, Eyes(viewer, self._clock.now()))

    async def publish(self, *, release: Release) -> Title:
        """Make a release what plays, in one change, with its event; pictures are made before, outside of it."""
        before = await self.title(title_id=release.title_id)
        if before.kind == "series":
            raise TitleFieldsError("A series has no release of its own; publish its episodes.")
        if not _replaces(release, before.release):
            return before
        pictures = await self._artwork.first_choice(before, release)
        async with self._store.writing() as rows:
            title = await self.writes.for_change(rows, release.title_id)
            if not _replaces(release, title.release):
                return title
            published = await self._set_release(rows, title, release, pictures)
        self.writes.committed()
        return published

    async def _set_release(
        self, rows: TitleRows, title: Title, release: Release, pictures: dict[ArtworkKind, str]
    ) -> Title:
        if title.release is not None:
            await rows.doom(self.writes.doomed(title.title_id, "release", title.release.release_id))
        await rows.reprieve(self.writes.doomed(title.title_id, "release", release.release_id))
        event = Published(title_id=title.title_id, release_id=release.release_id, complete=release.complete)
        fields = {
            "release": release,
            "artwork": {**pictures, **title.artwork},
            "markers": fitting(title.markers, release),
            "languages": spoken(title.languages, release),
        }
        saved = await self.writes.save(rows, title, fields)
        told = NewOutboxEntry(topic=PUBLISHED_TOPIC, key=title.title_id, value=msgspec.msgpack.encode(event))
        await rows.add_events((told,))
        return saved

    async def put_artwork(self, *, title_id: TitleId, kind: ArtworkKind, picture: bytes) -> Title:
        """Store a picture and choose it; it stays a candidate when another one is chosen."""
        await self.title(title_id=title_id)
        digest = await self._artwork.store(title_id, kind, picture)
        async with self._store.writing() as rows:
            title = await self.writes.for_change(rows, title_id)
            await rows.asides.add_picture(title_id, kind, digest, self._clock.now())
            await self._forget_oldest(rows, title, kind, digest)
            return await self._chosen(rows, title, kind, digest)

    async def _forget_oldest(self, rows: TitleRows, title: Title, kind: ArtworkKind, newest: str) -> None:
        sent = [one.digest for one in await rows.asides.pictures(title.title_id) if one.kind == kind]
        for digest in sent[self._settings.pictures_kept :]:
            if digest not in (newest, title.artwork.get(kind)):
                await self._forget_picture(rows, title.title_id, kind, digest)

    async def _forget_picture(self, rows: TitleRows, title_id: TitleId, kind: ArtworkKind, digest: str) -> None:
        await rows.asides.remove_picture(title_id, kind, digest)
        await rows.doom(self.writes.doomed(title_id, "artwork", digest))

    async def choose_artwork(self, *, title_id: TitleId, kind: ArtworkKind, candidate_path: str) -> Title:
        """Choose a candidate frame of the current release, or a picture that was sent before."""
        title = await self.title(title_id=title_id)
        digest = sent_digest(candidate_path, kind)
        if digest is None:
            digest = await self._artwork.store_candidate(title, kind, candidate_path)
        else:
            await self._sent(title_id, kind, digest)
        async with self._store.writing() as rows:
            return await self._chosen(rows, await self.writes.for_change(rows, title_id), kind, digest)

    async def pictures(self, *, title_id: TitleId) -> tuple[SentPicture, ...]:
        """Return the pictures of a title that were sent, newest first."""
        async with self._store.reading() as rows:
            return tuple(await rows.asides.pictures(title_id))

    async def sent_picture(self, *, title_id: TitleId, kind: ArtworkKind, digest: str, width: int) -> bytes:
        """Return a picture that was sent as WebP, chosen or not.

        Raises:
            TitleNotFoundError: when there is none.
        """
        await self._sent(title_id, kind, digest)
        return await self._artwork.sized(title_id, kind, digest, width)

    async def forget_picture(self, *, title_id: TitleId, kind: ArtworkKind, digest: str) -> None:
        """Take a picture that was sent from the candidates; idempotent.

        Raises:
            TitleNotFoundError: when there is no such title.
            PictureError: when it is the one that is shown.
        """
        async with self._store.writing() as rows:
            title = await self.writes.for_change(rows, title_id)
            if title.artwork.get(kind) == digest:
                raise PictureError("This picture is shown; choose another one before you remove it.")
            if any((one.kind, one.digest) == (kind, digest) for one in await rows.asides.pictures(title_id)):
                await self._forget_picture(rows, title_id, kind, digest)

    async def _sent(self, title_id: TitleId, kind: ArtworkKind, digest: str) -> None:
        sent = await self.pictures(title_id=title_id)
        if not any((one.kind, one.digest) == (kind, digest) for one in sent):
            raise TitleNotFoundError("There is no such picture; ask for the list again.")

    async def _chosen(self, rows: TitleRows, title: Title, kind: ArtworkKind, digest: str) -> Title:
        old = title.artwork.get(kind)
        if old == digest:
            return title
        sent = {one.digest for one in await rows.asides.pictures(title.title_id) if one.kind == kind}
        if old is not None and old not in sent:
            await rows.doom(self.writes.doomed(title.title_id, "artwork", old))
        await rows.reprieve(self.writes.doomed(title.title_id, "artwork", digest))
        chosen = await self.writes.save(rows, title, {"artwork": {**title.artwork, kind: digest}})
        self.writes.committed()
        return chosen

    async def artwork(self, *, title_id: TitleId, kind: ArtworkKind, width: int) -> bytes:
        """Return the chosen picture as WebP."""
        return await self.picture(title=await self.title(title_id=title_id), kind=kind, width=width)

    async def picture(self, *, title: Title, kind: ArtworkKind, width: int) -> bytes:
        """Return the chosen picture of a title that was read already."""
        return await self._artwork.read(title, kind, width)

    async def candidate(self, *, title_id: TitleId, number: int) -> bytes:
        """Return one of the current release's candidate frames (JPEG), counted from zero, best first.

        Raises:
            TitleNotFoundError: when there is none of that number.
        """
        title = await self.title(title_id=title_id)
        if title.release is None or not 0 <= number < len(title.release.artwork_paths):
            raise TitleNotFoundError("There is no such candidate frame.")
        return await self._artwork.candidate(title.release, title.release.artwork_paths[number])


def _replaces(new: Release, old: Release | None) -> bool:
    if old is None:
        return True
    return new.release_id != old.release_id and (new.complete or not old.complete)
