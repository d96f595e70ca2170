"""The programme: which films there are, in the order in which they are made, and what is said about them."""

from typing import Literal

import msgspec

YEAR = 2026
DEFAULT_SEED = 20_26


class DemoFilm(msgspec.Struct, frozen=True, kw_only=True):
    """One film of the programme, or one episode of its series.

    Attributes:
        key: its name in folders and on the command line.
        name: its title; `lines` is the same broken for posters and title cards.
        synopsis: two or three sentences.
        genres: the catalogue's.
        season_number: for an episode, with `episode_number`; None for a film.
        featured: whether the browse page opens with it.
        maturity: age rating in years.
        free: whether strangers may watch it; the others are for members.
    """

    key: str
    name: str
    lines: tuple[str, ...]
    synopsis: str
    genres: tuple[str, ...]
    season_number: int | None = None
    episode_number: int | None = None
    featured: bool = False
    maturity: int = 0
    free: bool = False

    @property
    def kind(self) -> Literal["film", "episode"]:
        """Return what the catalogue calls it."""
        return "film" if self.season_number is None else "episode"


class DemoSeries(msgspec.Struct, frozen=True, kw_only=True):
    """The series to which all episodes of the programme belong; its pictures are made from the episode `face`."""

    key: str
    name: str
    lines: tuple[str, ...]
    synopsis: str
    genres: tuple[str, ...]
    face: str


SERIES = DemoSeries(
    key="specimen-drawer",
    name="The Specimen Drawer",
    lines=("THE", "SPECIMEN", "DRAWER"),
    synopsis=(
        "A naturalist of things that do not exist opens one drawer at a time, puts what she finds under "
        "the glass and waits. The first season keeps what grows; the second keeps what moves. Nothing is "
        "explained, everything is labelled."
    ),
    genres=("Documentary", "Mystery", "Family"),
    face="moss",
)

FILMS: tuple[DemoFilm, ...] = (
    DemoFilm(
        key="seven-ridges",
        name="Seven Ridges",
        lines=("SEVEN", "RIDGES"),
        synopsis=(
            "One day in mountains that have never been climbed, because they are a sum of sines. Morning "
            "comes up grey, the afternoon turns to brass, and dusk takes its time. A journey for people who "
            "like looking out of train windows."
        ),
        genres=("Adventure", "Documentary"),
        free=True,
        featured=True,
    ),
    DemoFilm(
        key="coast",
        name="The Coast Has No Length",
        lines=("THE COAST", "HAS NO", "LENGTH"),
        synopsis=(
            "A surveyor sets out to measure the shore of the Mandelbrot set and finds another bay inside each "
            "bay. The closer the instrument, the longer the answer. She keeps walking."
        ),
        genres=("Science Fiction", "Mystery", "Adventure"),
    ),
    DemoFilm(
        key="night-bus",
        name="Night Bus",
        lines=("NIGHT", "BUS"),
        synopsis=(
            "From dusk to the small hours along one river, past windows that light up in no order anybody has "
            "agreed on. Some of them will burn until morning. Rain on the last stretch."
        ),
        genres=("Crime", "Drama"),
        maturity=12,
    ),
    DemoFilm(
        key="reef",
        name="Reef, Growing",
        lines=("REEF,", "GROWING"),
        synopsis=(
            "Two substances and four numbers are left alone in a dish. What they build looks so much like a "
            "reef that a diver's notes have been added, in three languages. With music, or with the water "
            "alone."
        ),
        genres=("Documentary", "Drama"),
        free=True,
    ),
    DemoFilm(
        key="letter-to-a-moth",
        name="Letter to a Moth",
        lines=("LETTER", "TO A", "MOTH"),
        synopsis=(
            "A wing is drawn, point by point, by an equation that never visits the same place twice. It "
            "folds, opens, and turns towards the lamp. A love story in four parameters and widescreen."
        ),
        genres=("Romance", "Fantasy"),
        maturity=6,
    ),
    DemoFilm(
        key="loom",
        name="Loom",
        lines=("LOOM",),
        synopsis=(
            "Each row of this cloth looks at the row above and obeys one rule. Rule 30 weaves noise, rule 110 "
            "weaves arguments, rule 90 weaves lace. Nobody is at the loom."
        ),
        genres=("History", "Family"),
    ),
    DemoFilm(
        key="murmuration",
        name="Murmuration",
        lines=("MURMUR", "ATION"),
        synopsis=(
            "Twenty-six thousand birds and no leader. They follow the wind, the wind follows nothing, and for "
            "a few seconds at a time it looks like intention."
        ),
        genres=("Documentary", "Adventure"),
    ),
    DemoFilm(
        key="ink",
        name="Ink Remembers Water",
        lines=("INK", "REMEMBERS", "WATER"),
        synopsis=(
            "Drops fall on still water, ring inside ring, as paper marblers have let them fall for nine "
            "hundred years. Then somebody breathes on the surface, and the rings begin to tell stories."
        ),
        genres=("Animation", "History"),
        free=True,
    ),
    DemoFilm(
        key="small-societies",
        name="Small Societies",
        lines=("SMALL", "SOCIETIES"),
        synopsis=(
            "Too lonely, they die; too crowded, they die; three is company, and a fourth is born. A portrait "
            "of a town under Conway's law, from its noisy founding to its quiet blinking old age."
        ),
        genres=("Drama", "Comedy", "Science Fiction"),
        maturity=6,
    ),
    DemoFilm(
        key="two-pendulums",
        name="Two Pendulums",
        lines=("TWO", "PENDULUMS"),
        synopsis=(
            "One swings a little faster than it should, the other a little slower. Between them they draw a "
            "single line that always almost closes. A duet for brass and patience, in six channels."
        ),
        genres=("Music", "Romance"),
    ),
    DemoFilm(
        key="four-o-clock-window",
        name="Four O'Clock Window",
        lines=("FOUR", "O'CLOCK", "WINDOW"),
        synopsis=(
            "The sun passes behind a leaded window that cannot keep still. Each pane owns whatever lies "
            "nearest to its middle, and the middles are walking. Nobody in the nave looks up."
        ),
        genres=("History", "Drama"),
        maturity=12,
    ),
    DemoFilm(
        key="lamplight",
        name="Lamplight",
        lines=("LAMPLIGHT",),
        synopsis=(
            "A slow comedy of manners among drops of wax. They rise when warm, sink when cool, and merge the "
            "moment they are introduced. Somebody should have left the party an hour ago."
        ),
        genres=("Comedy", "Fantasy"),
    ),
    DemoFilm(
        key="small-hours",
        name="Small Hours, Far Away",
        lines=("SMALL", "HOURS,", "FAR AWAY"),
        synopsis=(
            "A ship's watch between two and four, when the instruments agree and there is nothing to do but "
            "look. Three nebulae go by the window. No one is woken for them."
        ),
        genres=("Science Fiction", "Drama"),
        maturity=16,
    ),
    DemoFilm(
        key="rosette",
        name="Rosette",
        lines=("ROSETTE",),
        synopsis=(
            "A slice of pattern, folded in mirrors until it becomes a flower, a crown, a snow crystal and a "
            "flower again. Wind it up and let it run down."
        ),
        genres=("Music", "Animation", "Family"),
    ),
    DemoFilm(
        key="salt",
        name="Salt",
        lines=("SALT",),
        synopsis=(
            "Drawer one. A crystal in fourteen colours, each of which can only be eaten by the next. It "
            "should have come to rest long ago; it has decided to spiral."
        ),
        genres=("Documentary", "Mystery"),
        season_number=1,
        episode_number=1,
    ),
    DemoFilm(
        key="moss",
        name="Moss",
        lines=("MOSS",),
        synopsis=(
            "Drawer two. Fourteen spores, a little food, no hurry. By the time the label is dry the cushion "
            "has reached the rim of the glass."
        ),
        genres=("Documentary", "Family"),
        season_number=1,
        episode_number=2,
    ),
    DemoFilm(
        key="frost",
        name="Frost",
        lines=("FROST",),
        synopsis=(
            "Drawer three is cold to the touch. Ferns of ice turn under the glass, each frond a copy of the "
            "whole, and the breath of the observer is not allowed to help."
        ),
        genres=("Documentary", "Mystery"),
        season_number=1,
        episode_number=3,
    ),
    DemoFilm(
        key="tide",
        name="Tide",
        lines=("TIDE",),
        synopsis=(
            "The second cabinet begins with a drawer full of water. It has been raining in there for some "
            "time. Each drop says the same word to the edge of the dish and waits for the answer."
        ),
        genres=("Documentary", "Drama"),
        season_number=2,
        episode_number=1,
    ),
    DemoFilm(
        key="gnats",
        name="Gnats",
        lines=("GNATS",),
        synopsis=(
            "Twenty thousand of them, weighing nothing. The naturalist draws one line for each and ends up "
            "with a portrait of the air."
        ),
        genres=("Documentary", "Comedy"),
        season_number=2,
        episode_number=2,
    ),
    DemoFilm(
        key="gauze",
        name="Gauze",
        lines=("GAUZE",),
        synopsis=(
            "The last drawer holds two pieces of ruled cloth, and nothing that moves. Lay one on the other "
            "and something does. The label has been left blank."
        ),
        genres=("Documentary", "Mystery"),
        season_number=2,
        episode_number=3,
    ),
)


def film(key: str) -> DemoFilm:
    """Return a film of the programme.

    Raises:
        KeyError: when there is none of that key.
    """
    return {entry.key: entry for entry in FILMS}[key]
