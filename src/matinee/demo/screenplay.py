"""What a film consists of: shots, music, words, and how its poster is laid out."""

from typing import Literal

import msgspec

from matinee.demo.canvas import Picture
from matinee.demo.sound.score import Score
from matinee.demo.texts import SideText

TITLE_SECONDS = 3.8
"""How long the title lies over the opening."""
END_SECONDS = 4.2
"""How long the end card lies over the end."""
Layout = Literal["bleed", "block", "window", "disc", "spine", "letters", "strips"]


class Shot(msgspec.Struct, frozen=True):
    """One picture for a number of seconds; shots follow each other by cuts."""

    seconds: float
    picture: Picture


class Poster(msgspec.Struct, frozen=True, kw_only=True):
    """How a poster and a backdrop are made of a picture.

    Attributes:
        layout: where picture and type stand.
        picture: what is drawn, for the poster and for the backdrop.
        paper: colour of ground or block; `ink` of the type, `#rrggbb`.
        run: frames that the picture has; it is stopped at frame `at`.
        drawn: size of the drawing as a part of the size printed.
        seed: added to the film's, to choose a fine arrangement.
        lines: the title as this layout breaks it; empty for the film's own lines.
    """

    layout: Layout
    picture: Picture
    paper: str
    ink: str
    run: int = 8
    at: int = 4
    drawn: float = 1.0
    seed: int = 0
    lines: tuple[str, ...] = ()


class Screenplay(msgspec.Struct, frozen=True, kw_only=True):
    """A film.

    Attributes:
        shots: in order.
        score: its music.
        poster: its poster.
        width: of the finished film in pixels; `height` likewise.
        drawn: size of the frames as drawn, as a part of the finished size.
        rate: frames a second.
        grain: strength of film grain, 0 to 20.
        vignette: how much darker the corners are, 0 to 1.
        texts: its subtitle files.
        quiet_track: whether it has a second sound track with the score's weather alone.
        card_ink: colour of the title card's type.
    """

    shots: tuple[Shot, ...]
    score: Score
    poster: Poster
    width: int = 1280
    height: int = 720
    drawn: float = 0.75
    rate: int = 24
    grain: int = 2
    vignette: float = 0.25
    texts: tuple[SideText, ...] = ()
    quiet_track: bool = False
    card_ink: str = "#fff8ea"

    @property
    def frames(self) -> int:
        """Return the film's length in frames."""
        return sum(round(shot.seconds * self.rate) for shot in self.shots)

    @property
    def seconds(self) -> float:
        """Return the film's exact length in seconds."""
        return self.frames / self.rate
