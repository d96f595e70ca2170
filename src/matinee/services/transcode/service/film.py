"""The steps that make one film's tracks and releases, each on its own; `run.py` says when each happens."""

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from matinee.blobs.port import BlobStore
from matinee.contracts.playback import ContentKey
from matinee.contracts.transcode import WorkOrder
from matinee.services.transcode.service.capped import write_capped
from matinee.services.transcode.service.ladder import Rung
from matinee.services.transcode.service.manifests import Text, complete_dash, complete_hls, write_texts
from matinee.services.transcode.service.mend import SeamMender
from matinee.services.transcode.service.packaging import PackagedSound, PackagedVideo, package
from matinee.services.transcode.service.pictures import PictureMaker, choose_moments, thumbnail_scores
from matinee.services.transcode.service.plan import Plan
from matinee.services.transcode.service.recipe import timescale
from matinee.services.transcode.service.seams import SeamMeter, SeamReading, borders_to_check
from matinee.services.transcode.service.sound import SoundMaker
from matinee.services.transcode.service.stitch import ChunkFile, laid_over, stitch
from matinee.services.transcode.service.texts import TextMaker
from matinee.services.transcode.service.tools import Toolbox, together
from matinee.services.transcode.service.verify import VerifyError, check_decodes, check_manifests, check_tracks
from matinee.services.transcode.settings import TranscodeSettings

_log = structlog.get_logger()


class FilmMaker:
    """Makes the parts of one order's releases in `folder`, a scratch folder of its own."""

    def __init__(
        self,
        *,
        order: WorkOrder,
        plan: Plan,
        blobs: BlobStore,
        toolbox: Toolbox,
        settings: TranscodeSettings,
        folder: Path,
    ) -> None:
        self._order = order
        self._plan = plan
        self._blobs = blobs
        self._toolbox = toolbox
        self._settings = settings
        self._folder = folder
        self._pictures = PictureMaker(toolbox=toolbox, recipe=plan.recipe)
        self._seen_seams: set[str] = set()
        self._mended: dict[str, list[ChunkFile]] = {}

    async def sounds(self, source: Path) -> list[PackagedSound]:
        """Encode all sound tracks, one after the other."""
        analysis = self._order.inspection.analysis
        if analysis is None:
            return []
        maker = SoundMaker(
            toolbox=self._toolbox,
            facts=self._plan.recipe.facts,
            analysis=analysis,
            target_lufs=self._settings.loudness_lufs,
        )
        return [
            PackagedSound(sound=sound, path=await maker.make(sound, source=source, folder=self._folder))
            for sound in self._plan.sounds
        ]

    async def texts(self, source: Path) -> list[Text]:
        """Make all subtitle tracks that can be used."""
        maker = TextMaker(
            toolbox=self._toolbox,
            blobs=self._blobs,
            order=self._order,
            seconds=self._plan.seconds(),
            begin_seconds=self._plan.recipe.facts.start_seconds,
        )
        return await maker.make(self._plan.recipe.facts.text, source=source, folder=self._folder)

    async def stitched(self, rungs: Sequence[Rung]) -> list[PackagedVideo]:
        """Join the chunks of renditions that are complete; one that is joined already is used again."""
        return [await self._stitched(rung) for rung in rungs]

    async def _stitched(self, rung: Rung) -> PackagedVideo:
        path = self._video_path(rung)
        if not path.exists():
            draft = path.with_suffix(".draft")
            mended = self._mended.get(rung.name, [])
            async with AsyncExitStack() as stack:
                pieces = []
                for chunk in self._plan.chunks:
                    key = self._plan.target(rung, chunk).key
                    piece = await stack.enter_async_context(self._blobs.local_copy(key))
                    pieces.append(ChunkFile(chunk=chunk, path=piece))
                ticks = timescale(self._plan.recipe)[1]
                await asyncio.to_thread(stitch, laid_over(pieces, mended), draft, frame_ticks=ticks)
            draft.rename(path)
        return PackagedVideo(rung=rung, path=path)

    def _video_path(self, rung: Rung) -> Path:
        return self._folder / f"video-{rung.name}.mp4"

    async def pictures(self, first: PackagedVideo, source: Path) -> Path:
        """Make thumbnails and artwork candidates; return the folder that holds `trickplay` and `artwork`."""
        folder = self._folder / "pictures"
        rung = first.rung
        plan = await self._pictures.sprites(first.path, size=(rung.width, rung.height), folder=folder / "trickplay")
        scores = await asyncio.to_thread(thumbnail_scores, folder / "trickplay", plan)
        moments = [number * plan.every for number in choose_moments(scores)]
        await self._pictures.candidates(source, moments=moments, folder=folder / "artwork")
        return folder

    async def packaged(
        self,
        *,
        videos: Sequence[PackagedVideo],
        sounds: Sequence[PackagedSound],
        texts: Sequence[Text],
        pictures: Path | None,
        key: ContentKey,
    ) -> Path:
        """Package everything into a fresh folder and complete its manifests."""
        release = self._folder / "release"
        await asyncio.to_thread(shutil.rmtree, release, ignore_errors=True)
        await package(
            toolbox=self._toolbox,
            folder=self._folder,
            videos=videos,
            sounds=sounds,
            key=key,
            segment_seconds=self._settings.segment_seconds,
        )
        await asyncio.to_thread(self._complete, release, sounds, texts, pictures)
        await asyncio.to_thread(write_capped, release, [video.rung.height for video in videos])
        return release

    def _complete(
        self, release: Path, sounds: Sequence[PackagedSound], texts: Sequence[Text], pictures: Path | None
    ) -> None:
        write_texts(release, texts, seconds=self._plan.seconds())
        complete_hls(release, sounds=sounds, texts=texts)
        complete_dash(release, sounds=sounds, texts=texts)
        for name in ("trickplay", "artwork") if pictures is not None else ():
            if pictures is not None and (pictures / name).is_dir():
                shutil.copytree(pictures / name, release / name)

    async def verify(self, release: Path, *, videos: Sequence[PackagedVideo], sounds: Sequence[PackagedSound]) -> None:
        """Check a packaged release.

        Raises:
            VerifyError: naming what is wrong.
            BoxError: when a file does not parse.
            ChildError: when a tool cannot read a file.
        """
        recipe = self._plan.recipe
        for video in videos:
            await check_decodes(
                self._toolbox, video.path, frames=recipe.frame_count, folder=self._folder, rung=video.rung
            )
        names = [video.rung.name for video in videos]
        made = [one.sound.name for one in sounds]
        await asyncio.to_thread(check_tracks, release, videos=names, sounds=made, recipe=recipe)
        await asyncio.to_thread(check_manifests, release)

    async def mend_seams(self, videos: Sequence[PackagedVideo], source: Path) -> None:
        """Look at borders of renditions not seen yet, and make what is around a seam again without a break.

        Raises:
            VerifyError: when a seam is left that anybody would see.
        """
        unseen = [video for video in videos if video.rung.name not in self._seen_seams]
        borders = borders_to_check(self._plan.chunks, self._settings.seam_checks)
        if not unseen or not borders:
            return
        meter = self._seam_meter(source)
        # A border that may be a seam is made again sooner than it is proved to be one; damage has to be proved.
        readings = await meter.measure(dict.fromkeys(borders, unseen), thorough=False)
        grave = [one for one in readings if one.loss() > self._settings.seam_vmaf_refusal]
        readings = [one for one in readings if one not in grave]
        readings += await meter.measure(_places(unseen, grave))
        seams = [one for one in readings if self._is_seam(one)]
        readings = [one for one in readings if one not in seams]
        readings += await self._mend(unseen, seams, meter, source)
        for one in readings:
            self._judge_seam(one)
        self._seen_seams |= {video.rung.name for video in unseen}

    async def _mend(
        self, videos: Sequence[PackagedVideo], seams: Sequence[SeamReading], meter: SeamMeter, source: Path
    ) -> list[SeamReading]:
        """Mend seams and return what is measured there after that."""
        mender = SeamMender(
            toolbox=self._toolbox, recipe=self._plan.recipe, chunks=self._plan.chunks, folder=self._folder
        )
        of = {video.rung: [one for one in seams if one.rendition == video.rung.name] for video in videos}
        await together(self._without(rung, found, mender, source) for rung, found in of.items() if found)
        return await meter.measure(_places(videos, seams))

    async def _without(self, rung: Rung, seams: Sequence[SeamReading], mender: SeamMender, source: Path) -> None:
        # What loses so much is damaged, perhaps throughout; else the encoder only met the border in another state.
        damaged = [one.frame for one in seams if one.loss() > self._settings.seam_vmaf_refusal]
        others = [one.frame for one in seams if one.frame not in damaged]
        _log.info("seams_mended", job_id=self._order.job_id, rendition=rung.name, frames=others, damaged=damaged)
        remade = await mender.remake(rung, damaged, source)
        self._mended[rung.name] = [*remade, *await mender.splice(rung, others, source)]
        self._video_path(rung).unlink()
        await self._stitched(rung)

    def _is_seam(self, one: SeamReading) -> bool:
        return one.loss() > self._settings.seam_vmaf_drop

    def _seam_meter(self, source: Path) -> SeamMeter:
        return SeamMeter(
            toolbox=self._toolbox,
            recipe=self._plan.recipe,
            chunks=self._plan.chunks,
            source=source,
            folder=self._folder,
            points=self._settings.seam_vmaf_drop,
        )

    def _judge_seam(self, one: SeamReading) -> None:
        log = _log.warning if self._is_seam(one) else _log.info
        log(
            "seam",
            job_id=self._order.job_id,
            rendition=one.rendition,
            frame=one.frame,
            below_neighbourhood=round(one.below_neighbourhood(), 2),
            loss=round(one.loss(), 2),
        )
        if one.loss() > self._settings.seam_vmaf_refusal:
            raise VerifyError(
                f"{one.rendition} loses {one.loss():.1f} VMAF points at frame {one.frame}, where chunks meet."
            )


def _places(videos: Sequence[PackagedVideo], readings: Sequence[SeamReading]) -> dict[int, list[PackagedVideo]]:
    """Return for each border of some readings the renditions that were measured there."""
    places: dict[int, list[PackagedVideo]] = {one.frame: [] for one in readings}
    for one in readings:
        places[one.frame] += [video for video in videos if video.rung.name == one.rendition]
    return places
