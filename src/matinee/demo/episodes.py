"""The screenplays of the series: each specimen is seen under glass on paper, then close, then under glass again."""

from matinee.demo.canvas import Picture
from matinee.demo.pictures.automata import spirals
from matinee.demo.pictures.curves import gratings
from matinee.demo.pictures.flow import swarm
from matinee.demo.pictures.fractals import julia
from matinee.demo.pictures.lens import camera, lens
from matinee.demo.pictures.reaction import reef, ripples
from matinee.demo.screenplay import Poster, Screenplay, Shot
from matinee.demo.sound.score import Score, Texture, Voice

_PAPER, _INK = "#efe6d3", "#2b2a28"


def _specimen(first: Picture, close: Picture, last: Picture, *, score: Score, poster: Poster) -> Screenplay:
    """Return an episode in the series' three shots."""
    return Screenplay(
        shots=(
            Shot(7, lens(first, paper=_PAPER, ink=_INK)),
            Shot(7, close),
            Shot(7, lens(last, paper=_PAPER, ink=_INK, centre=(0.34, 0.0), radius=0.42)),
        ),
        score=score,
        poster=poster,
        vignette=0.12,
    )


def _score(root: int, scale: str, *, voice: Voice = "bell", texture: Texture = "none", beats: float = 76) -> Score:
    """Return the series' theme, in another key and dress each time."""
    return Score(
        root=root,
        scale=scale,
        beats_per_minute=beats,
        chords=(0, 3, 4, 2),
        voice=voice,
        figure=(0, 4, 2, 5, 4),
        texture=texture,
        hall=2.6,
    )


def _plate(picture: Picture, paper: str, ink: str, *, run: int = 8, at: int = 4, drawn: float = 1.0) -> Poster:
    """Return the series' poster: the specimen in a disc on coloured paper."""
    return Poster(layout="disc", picture=picture, paper=paper, ink=ink, run=run, at=at, drawn=drawn)


_SALT = spirals(name="glass", cells_high=120, warm=500)
_MOSS = reef(name="moss", feed=0.037, kill=0.06, warm=700, steps=9)
_FROST = julia(centre=0, radius=0.7885, name="ice", at=0.39, zoom=(2.5, 2.1))
_TIDE = ripples(name="lagoon")
_GNATS = swarm(name="sumi", paper=True, gather=0.3, cells=3, speed=1.0, light=1.1, memory=0.9)

EPISODE_SCREENPLAYS: dict[str, Screenplay] = {
    "salt": _specimen(
        _SALT,
        spirals(name="lagoon", cells_high=70, warm=400, pace=3, zoom=(0.9, 0.7)),
        spirals(name="rose", states=12, cells_high=150),
        score=_score(50, "lydian"),
        poster=_plate(_SALT, "#e9c46a", "#14213d", run=4, at=2),
    ),
    "moss": _specimen(
        _MOSS,
        reef(name="moss", feed=0.046, kill=0.0605, warm=1500, steps=8, zoom=(0.5, 0.42), strength=6),
        reef(name="moss", feed=0.03, kill=0.0565, warm=1600, steps=8),
        score=_score(48, "dorian", voice="pluck", texture="wind"),
        poster=_plate(
            reef(name="moss", feed=0.037, kill=0.06, warm=3000), "#dfe3c0", "#1d3420", run=4, at=2, drawn=0.5
        ),
    ),
    "frost": _specimen(
        _FROST,
        camera(julia(centre=0, radius=0.7885, name="ice", at=0.625, zoom=(1.4, 1.0)), part=(1.0, 0.8)),
        julia(centre=0, radius=0.7885, name="violet", at=0.80, zoom=(2.4, 2.0)),
        score=_score(52, "phrygian", voice="glass", texture="wind"),
        poster=_plate(_FROST, "#cfe3ea", "#12305c"),
    ),
    "tide": _specimen(
        _TIDE,
        ripples(name="sea", every=0.3, cells_high=150, glint=1.3),
        ripples(name="dawn", every=0.8),
        score=_score(45, "aeolian", texture="rain"),
        poster=_plate(ripples(name="lagoon", every=0.35), "#f3e9c6", "#1c3f60", run=60, at=50, drawn=0.5),
    ),
    "gnats": _specimen(
        _GNATS,
        swarm(name="ember", gather=0.22, cells=5, speed=1.0, light=0.7),
        swarm(name="paper", paper=True, gather=0.4, cells=2, speed=1.1, light=1.0),
        score=_score(53, "mixolydian", voice="pluck", beats=112),
        poster=_plate(
            swarm(name="paper", paper=True, gather=0.45, cells=3, speed=1.1, light=1.1, count=60_000),
            "#9b3d4b",
            "#f3ecdd",
            run=80,
            at=60,
        ),
    ),
    "gauze": _specimen(
        gratings(paper=(243, 236, 221), ink=(209, 73, 91), accent=(20, 33, 61)),
        gratings(paper=(243, 236, 221), ink=(42, 157, 143), accent=(58, 35, 66), kind="combs", lines=34),
        gratings(paper=(247, 240, 226), ink=(244, 162, 97), accent=(38, 84, 124), kind="combs", lines=40, tilt=0.1),
        score=_score(47, "whole", voice="glass"),
        poster=_plate(
            gratings(paper=(243, 236, 221), ink=(209, 73, 91), accent=(20, 33, 61)), "#2a9d8f", "#f3ecdd", at=5
        ),
    ),
}
