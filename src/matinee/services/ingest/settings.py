"""What an operator may set of ingest."""

from typing import Annotated

import msgspec
from msgspec import Meta

_GIB = 1 << 30


class IngestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds and times of uploads, imports and inspection."""

    data_folder: Annotated[
        str, Meta(min_length=1, description="folder of this installation; holds spool/ and import/")
    ] = "data"
    import_folders: Annotated[
        tuple[str, ...],
        Meta(description="folders that films may be imported from; none means import/ in the data folder"),
    ] = ()
    max_upload_bytes: Annotated[int, Meta(ge=1, le=1 << 50, description="bytes of one upload")] = 64 * _GIB
    max_text_bytes: Annotated[int, Meta(ge=1, le=1 << 26, description="bytes of one subtitle file")] = 5 << 20
    open_uploads: Annotated[int, Meta(ge=1, le=100_000, description="unfinished uploads at a time")] = 200
    upload_expiry_seconds: Annotated[
        int, Meta(ge=1, le=30 * 86_400, description="seconds without progress after which an unfinished upload goes")
    ] = 86_400
    read_seconds: Annotated[
        float, Meta(gt=0, le=3600, description="seconds within which a client must send the next 16 KiB")
    ] = 60.0
    disk_reserve_bytes: Annotated[int, Meta(ge=0, description="bytes of the disk that uploads leave free")] = _GIB
    waiting_jobs: Annotated[int, Meta(ge=1, le=100_000, description="jobs that may wait for inspection")] = 2_000
    inspections: Annotated[int, Meta(ge=1, le=64, description="films inspected at the same time")] = 1
    decode_threads: Annotated[int, Meta(ge=1, le=64, description="decoder threads of one inspection")] = 2
    decode_memory_mib: Annotated[int, Meta(ge=512, le=65_536, description="MiB of address space of one inspection")] = (
        6_144
    )
    decode_factor: Annotated[
        float, Meta(gt=0, le=100, description="seconds that inspection may take for each second of film")
    ] = 6.0
    max_film_seconds: Annotated[int, Meta(ge=1, le=604_800, description="seconds of film that are accepted")] = (
        12 * 3600
    )
    max_audio_tracks: Annotated[int, Meta(ge=1, le=256, description="sound tracks that are accepted")] = 32
    sweep_seconds: Annotated[
        float, Meta(gt=0, le=86_400, description="seconds between removals of expired uploads and looks for lost jobs")
    ] = 60.0
    live_clients: Annotated[int, Meta(ge=1, le=10_000, description="open studio pages that are sent progress")] = 64
