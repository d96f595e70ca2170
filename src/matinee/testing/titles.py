"""Builders and fakes for tests about titles and playing them."""

import io
from collections.abc import Sequence

import msgspec
from PIL import Image, ImageDraw

from matinee.contracts.catalogue import AudioChoice, Release, Rendition, TextChoice
from matinee.events.port import EventLogError, NewEvent
from matinee.kit.ids import ReleaseId, TitleId
from matinee.kit.media import Rate
from matinee.kit.passport import PASSPORT_HEADER, Passport
from matinee.kit.signing import SigningKey

STRANGER = Passport(role="stranger", session="", client_address="192.0.2.1", expires_at=2**33)
OPERATOR = Passport(role="operator", session="studio-session", client_address="192.0.2.2", expires_at=2**33)


class RecordedEvents:
    """The writing half of an event log: keeps what is appended, and can be away."""

    def __init__(self) -> None:
        self.appended: list[tuple[str, NewEvent]] = []
        self.away = False

    async def append(self, topic: str, events: Sequence[NewEvent]) -> None:
        """Keep events, or fail when away."""
        if self.away:
            raise EventLogError("The log is away.")
        self.appended.extend((topic, event) for event in events)

    def on(self, topic: str) -> list[NewEvent]:
        """Return what was appended to a topic, in order."""
        return [event for written, event in self.appended if written == topic]


def release(
    title_id: TitleId, *, release_id: str = "a" * 32, complete: bool = True, key_id: str = "0" * 32, frames: int = 2
) -> Release:
    """Return a release of a small film."""
    sizes = ((640, 360), (1280, 720)) if complete else ((640, 360),)
    return Release(
        release_id=ReleaseId(release_id),
        title_id=title_id,
        complete=complete,
        duration_seconds=60.0,
        rate=Rate(24, 1),
        key_id=key_id,
        hls_path="master.m3u8",
        dash_path="manifest.mpd",
        trickplay_path="trickplay/index.vtt" if complete else None,
        artwork_paths=tuple(f"artwork/frame-{number}.jpg" for number in range(frames)),
        renditions=tuple(
            Rendition(name=f"h264_{height}p", codec="h264", width=width, height=height, bits_per_second=height * 2000)
            for width, height in sizes
        ),
        audio=(AudioChoice(name="en_stereo", language="en", channels=2, label="English"),),
        capped_heights=(360,) if complete else (),
        text=(TextChoice(path="subtitles/en.vtt", language="en", label="English", forced=False),),
    )


def picture(
    width: int, height: int, *, image_format: str = "JPEG", bright_at: tuple[float, float] = (0.5, 0.5)
) -> bytes:
    """Return a dark picture with something to see around one point, given as shares of width and height."""
    image = Image.new("RGB", (width, height), (12, 14, 30))
    draw = ImageDraw.Draw(image)
    x, y, reach = bright_at[0] * width, bright_at[1] * height, min(width, height) // 5
    for step in range(reach, 0, -max(1, reach // 8)):
        shade = 255 if (step // max(1, reach // 8)) % 2 else 40
        draw.ellipse((x - step, y - step, x + step, y + step), fill=(shade, shade // 2, 60))
    buffer = io.BytesIO()
    image.save(buffer, image_format)
    return buffer.getvalue()


class Callers:
    """Signs passports as the front door would.

    Args:
        key: the gateway's key.
    """

    def __init__(self, key: SigningKey | None = None) -> None:
        self.key = key or SigningKey(SigningKey.generate())

    def headers(self, passport: Passport) -> dict[str, str]:
        """Return the header that makes a request come from this caller."""
        return {PASSPORT_HEADER: self.key.sign(passport)}

    @property
    def stranger(self) -> dict[str, str]:
        """Headers of a stranger."""
        return self.headers(STRANGER)

    @property
    def operator(self) -> dict[str, str]:
        """Headers of an operator."""
        return self.headers(OPERATOR)


def member(**fields: object) -> Passport:
    """Return the passport of a member with a chosen profile, `fields` replaced."""
    known: dict[str, object] = {
        "role": "member",
        "account": "account-1",
        "profile": "profile-1",
        "session": "sign-in-1",
        "client_address": "192.0.2.3",
        "expires_at": 2**33,
    }
    return msgspec.convert({**known, **fields}, Passport)
