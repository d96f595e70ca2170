"""What is told of the demo titles beyond their synopses, and what is announced without being made yet.

Nobody is credited: the studio that draws these films is a program.
"""

from datetime import date

import msgspec

from matinee.contracts.metadata import Marker, Rating
from matinee.demo.canvas import Picture
from matinee.demo.pictures.curves import attractor
from matinee.demo.pictures.night import stars
from matinee.demo.screenplay import END_SECONDS, TITLE_SECONDS, Poster

NO_LANGUAGE = "zxx"
_KNOT = (-2.0, -2.0, -1.2, 2.0)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue is told of a film. `hot`: whether editors want it seen."""

    tags: tuple[str, ...]
    released_on: date
    hot: bool = False


TOLD: dict[str, Told] = {
    "seven-ridges": Told(tags=("mountains", "slow cinema", "noise"), released_on=date(2026, 1, 9), hot=True),
    "coast": Told(tags=("fractals", "zoom", "the sea"), released_on=date(2026, 1, 16), hot=True),
    "night-bus": Told(tags=("night", "city", "rain"), released_on=date(2026, 1, 23)),
    "reef": Told(tags=("reaction and diffusion", "the sea", "growth"), released_on=date(2026, 1, 30), hot=True),
    "letter-to-a-moth": Told(tags=("attractors", "night", "one line"), released_on=date(2026, 2, 6)),
    "loom": Told(tags=("cellular automata", "craft"), released_on=date(2026, 2, 13)),
    "murmuration": Told(tags=("birds", "noise", "growth"), released_on=date(2026, 2, 20), hot=True),
    "ink": Told(tags=("craft", "water", "slow cinema"), released_on=date(2026, 2, 27)),
    "small-societies": Told(tags=("cellular automata", "city"), released_on=date(2026, 3, 6)),
    "two-pendulums": Told(tags=("one line", "surround sound"), released_on=date(2026, 3, 13)),
    "four-o-clock-window": Told(tags=("light", "craft", "glass"), released_on=date(2026, 3, 20)),
    "lamplight": Told(tags=("light", "glass"), released_on=date(2026, 3, 27)),
    "small-hours": Told(tags=("night", "stars", "slow cinema"), released_on=date(2026, 4, 3)),
    "rosette": Told(tags=("mirrors", "glass"), released_on=date(2026, 4, 10)),
    "salt": Told(tags=("cellular automata", "specimens"), released_on=date(2026, 5, 1)),
    "moss": Told(tags=("reaction and diffusion", "specimens", "growth"), released_on=date(2026, 5, 8)),
    "frost": Told(tags=("fractals", "specimens"), released_on=date(2026, 5, 15)),
    "tide": Told(tags=("water", "specimens"), released_on=date(2026, 6, 5)),
    "gnats": Told(tags=("noise", "specimens"), released_on=date(2026, 6, 12)),
    "gauze": Told(tags=("craft", "specimens"), released_on=date(2026, 6, 19)),
    "specimen-drawer": Told(tags=("specimens", "growth", "slow cinema"), released_on=date(2026, 5, 1), hot=True),
}


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """A film that is announced: a title with pictures, and nothing to play yet."""

    key: str
    name: str
    lines: tuple[str, ...]
    synopsis: str
    genres: tuple[str, ...]
    told: Told
    picture: Picture
    paper: str
    ink: str
    maturity: int = 0

    @property
    def poster(self) -> Poster:
        """How its pictures are made."""
        return Poster(layout="disc", picture=self.picture, paper=self.paper, ink=self.ink, run=8, at=4)


ANNOUNCED: tuple[Coming, ...] = (
    Coming(
        key="comet-office",
        name="The Comet Office",
        lines=("THE", "COMET", "OFFICE"),
        synopsis=(
            "Every seventy-six years somebody has to be in to sign for it. The forms are ready, the window is clean, "
            "and the arithmetic says Thursday. Being drawn now."
        ),
        genres=("Science Fiction", "Comedy"),
        told=Told(tags=("stars", "night"), released_on=date(2027, 3, 5)),
        picture=stars(name="ice", cells=1.4, count=4200),
        paper="#101426",
        ink="#f4d9a0",
        maturity=6,
    ),
    Coming(
        key="unfinished-knot",
        name="Unfinished Knot",
        lines=("UNFINISHED", "KNOT"),
        synopsis=(
            "One thread, no ends, and a rule for every crossing. The studio has been pulling on it since spring and "
            "promises to show what comes loose. Being drawn now."
        ),
        genres=("Mystery", "Animation"),
        told=Told(tags=("one line", "attractors", "craft"), released_on=date(2027, 9, 17), hot=True),
        picture=attractor(name="ember", start=_KNOT, end=_KNOT, points=900_000, light=1.4),
        paper="#f3ecdd",
        ink="#9b3d4b",
    ),
)


def markers_of(seconds: float) -> tuple[Marker, ...]:
    """Return where the title lies over a film of a length, and where its end card does."""
    return (
        Marker(kind="intro", starts_seconds=0.0, ends_seconds=TITLE_SECONDS),
        Marker(kind="credits", starts_seconds=round(seconds - END_SECONDS, 3), ends_seconds=round(seconds, 3)),
    )


def ratings_of(maturity: int) -> tuple[Rating, ...]:
    """Return a rating by plain age: no board has ever seen these films."""
    return (Rating(system="age", label=str(maturity)),)
