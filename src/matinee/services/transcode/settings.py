"""What an operator may set."""

import os
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Preset = Literal["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"]


class TranscodeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the transcode room."""

    data_folder: Annotated[str, Meta(description="where scratch files go, absolute")] = "/var/lib/matinee/transcode"
    coordinator: Annotated[
        Literal["here", "elsewhere"],
        Meta(description="where orders are run: in exactly one process; `elsewhere` leaves only workers in this one"),
    ] = "here"
    worker_slots: Annotated[
        int, Meta(ge=0, le=256, description="chunks encoded at once; 0 means one more than cores")
    ] = 0
    tasks_in_flight: Annotated[
        int, Meta(ge=0, le=4096, description="chunk tasks handed out at once, all orders; 0 means two more than slots")
    ] = 0
    orders_at_once: Annotated[int, Meta(ge=1, le=64, description="orders that run side by side")] = 2
    chunk_attempts: Annotated[int, Meta(ge=1, le=10, description="starts of one chunk before its order fails")] = 3
    h264_preset: Annotated[Preset, Meta(description="x264 preset: slower is better and costs more")] = "medium"
    av1_preset: Annotated[int, Meta(ge=4, le=13, description="SVT-AV1 preset: lower is better and costs more")] = 9
    chunk_seconds: Annotated[float, Meta(gt=0, le=600, description="length that chunks aim at, seconds")] = 12.0
    shortest_chunk_seconds: Annotated[float, Meta(gt=0, le=600, description="shortest chunk, seconds")] = 5.0
    longest_chunk_seconds: Annotated[float, Meta(gt=0, le=1200, description="longest chunk, seconds")] = 18.0
    gop_seconds: Annotated[float, Meta(gt=0, le=10, description="distance of key frames inside a chunk, seconds")] = 2.0
    segment_seconds: Annotated[float, Meta(gt=0, le=20, description="length that segments aim at, seconds")] = 4.0
    renditions_per_task: Annotated[
        int, Meta(ge=1, le=16, description="renditions of one chunk made from one decode, after the first rendition")
    ] = 8
    seam_vmaf_drop: Annotated[
        float,
        Meta(gt=0, le=100, description="loss at a chunk border that counts as a seam and is reported, VMAF points"),
    ] = 1.0
    seam_vmaf_refusal: Annotated[
        float, Meta(gt=0, le=100, description="loss at a chunk border at which nothing is published, VMAF points")
    ] = 5.0
    seam_checks: Annotated[
        int, Meta(ge=0, le=1000, description="chunk borders measured in each rendition; 0 is none")
    ] = 8
    loudness_lufs: Annotated[float, Meta(ge=-40, le=-10, description="loudness of every sound track, LUFS")] = -23.0
    child_memory_mib: Annotated[int, Meta(ge=1024, le=1048576, description="address space of one tool, MiB")] = 8192
    chunk_wall_seconds: Annotated[float, Meta(ge=1, le=86400, description="longest run of one chunk, seconds")] = 3600.0
    step_wall_seconds: Annotated[float, Meta(ge=1, le=86400, description="longest run of any other tool, seconds")] = (
        7200.0
    )
    keep_failed_hours: Annotated[
        float, Meta(ge=0, le=8760, description="how long finished chunks of a failed order stay for a retry, hours")
    ] = 72.0
    sweep_minutes: Annotated[
        float, Meta(gt=0, le=1440, description="time between sweeps of what is not needed, minutes")
    ] = 30.0

    def slots(self) -> int:
        """Return how many chunks one process encodes at once; one more than cores fills the gaps between tasks."""
        return self.worker_slots or (os.cpu_count() or 1) + 1

    def in_flight(self) -> int:
        """Return how many chunk tasks are handed out at once."""
        return self.tasks_in_flight or self.slots() + 2
