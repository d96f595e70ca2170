"""The screenplays of the films."""

from matinee.demo.pictures.automata import life, loom
from matinee.demo.pictures.curves import attractor, pendulums
from matinee.demo.pictures.flow import marbling, swarm
from matinee.demo.pictures.fractals import mandelbrot
from matinee.demo.pictures.glass import mirrors, panes, wax
from matinee.demo.pictures.land import ridges
from matinee.demo.pictures.lens import camera
from matinee.demo.pictures.night import stars, town
from matinee.demo.pictures.reaction import reef
from matinee.demo.screenplay import Poster, Screenplay, Shot
from matinee.demo.sound.score import Score
from matinee.demo.texts import REEF_NOTES

_SEAHORSE = -0.743643887037151 + 0.131825904205330j
_ELEPHANT = 0.281717921930775 + 0.5771052841488505j
_SPIRAL = -0.235125 + 0.827215j
_INKS = ("#f3ecdd", "#14213d", "#d1495b", "#2a9d8f")
_NIGHT_INKS = ("#101426", "#f4d9a0", "#3f6fb0", "#e4646f")
_WING = (1.4, -2.3, 2.4, -2.1)
_LACE = (2.01, -2.53, 1.61, -0.33)
_FOLD = (-2.7, -0.09, -0.86, -2.2)

FILM_SCREENPLAYS: dict[str, Screenplay] = {
    "seven-ridges": Screenplay(
        shots=(
            Shot(7, ridges(start="dawn", end="noon", sun=(-0.34, 0.06, -0.26, -0.16))),
            Shot(
                6,
                ridges(
                    start="brass",
                    end="brass",
                    layers=6,
                    speed=0.22,
                    horizon=-0.12,
                    roughness=3,
                    sun=(0.1, -0.30, 0.2, -0.28),
                ),
            ),
            Shot(8, ridges(start="dusk", end="dusk", sun=(0.26, -0.20, 0.36, 0.03))),
        ),
        score=Score(
            root=50, scale="lydian", beats_per_minute=88, chords=(0, 4, 1, 3), voice="pluck", texture="wind", hall=2.8
        ),
        poster=Poster(
            layout="bleed",
            picture=ridges(start="dusk", end="dusk", layers=7, sun=(0.05, -0.12, 0.05, -0.12), horizon=0.02),
            paper="#0b1026",
            ink="#fff3cf",
        ),
    ),
    "coast": Screenplay(
        shots=(
            Shot(10, mandelbrot(centre=_SEAHORSE, decades=3.2, name="lagoon")),
            Shot(9, mandelbrot(centre=_ELEPHANT, decades=3.4, name="dusk", start=0.5, phase=0.3, spin=-0.2)),
            Shot(9, mandelbrot(centre=_SPIRAL, decades=2.6, name="sea", start=0.3, turns=0.8, phase=0.1)),
        ),
        score=Score(
            root=45,
            scale="dorian",
            beats_per_minute=72,
            chords=(0, 5, 3, 6),
            voice="bell",
            figure=(0, 4, 2, 6),
            grid=1,
            texture="water",
            hall=3.6,
        ),
        poster=Poster(
            layout="block",
            picture=mandelbrot(centre=_SEAHORSE, decades=0.1, name="lagoon", start=0.0034),
            paper="#e07a5f",
            ink="#0a1128",
            run=2,
            at=0,
        ),
    ),
    "night-bus": Screenplay(
        shots=(
            Shot(8, town(name="dusk", lit=(0.02, 0.35), moon=(0.62, -0.32))),
            Shot(8, town(name="night", lit=(0.35, 0.85))),
            Shot(
                8,
                camera(
                    town(name="violet", lit=(0.8, 0.7), moon=(-0.4, -0.3), rain=420),
                    part=(0.8, 0.62),
                    start=(0.3, 0.75),
                    end=(0.6, 0.85),
                ),
            ),
        ),
        score=Score(
            root=45,
            scale="aeolian",
            beats_per_minute=92,
            chords=(0, 5, 2, 4),
            voice="glass",
            figure=(0, 2, 4, 1, 6, 4),
            pulse=0.8,
            texture="rain",
            hall=1.8,
        ),
        poster=Poster(
            layout="bleed", picture=town(name="dusk", lit=(0.6, 0.7), moon=(0.12, -0.2)), paper="#04060d", ink="#ffd68a"
        ),
        drawn=1.0,
    ),
    "reef": Screenplay(
        shots=(
            Shot(10, reef(name="reef", warm=250, steps=9)),
            Shot(9, reef(name="sea", feed=0.039, kill=0.058, warm=900, steps=8, zoom=(0.7, 0.55))),
            Shot(9, reef(name="rose", feed=0.029, kill=0.057, warm=700, steps=9, seeds=9)),
            Shot(10, reef(name="reef", feed=0.0545, kill=0.062, warm=2600, steps=6, zoom=(0.6, 1.0), strength=6)),
        ),
        score=Score(
            root=48,
            scale="pentatonic",
            beats_per_minute=66,
            chords=(0, 3, 1, 4),
            voice="glass",
            figure=(0, 2, 1, 4, 3),
            texture="water",
            hall=3.4,
        ),
        poster=Poster(
            layout="disc",
            picture=reef(name="reef", warm=3200, steps=4, zoom=(0.8, 0.8), seeds=20),
            paper="#f6e3cf",
            ink="#0c4047",
            run=6,
            at=4,
            drawn=0.5,
        ),
        texts=REEF_NOTES,
        quiet_track=True,
    ),
    "letter-to-a-moth": Screenplay(
        shots=(
            Shot(9, attractor(name="rose", start=_WING, end=(1.0, -2.0, 2.0, -1.6))),
            Shot(8, attractor(name="brass", start=_LACE, end=(1.72, -2.3, 1.4, -0.62), spin=-0.3, size=0.75)),
            Shot(9, attractor(name="violet", start=_FOLD, end=(-2.3, 0.35, -0.7, -2.4), size=0.75)),
        ),
        score=Score(
            root=49,
            scale="hirajoshi",
            beats_per_minute=70,
            chords=(0, 2, 1, 3),
            voice="pluck",
            figure=(0, 1, 3, 2, 4),
            texture="wind",
            colour=0.3,
            hall=3.2,
        ),
        poster=Poster(
            layout="spine",
            lines=("LETTER TO", "A MOTH"),
            picture=attractor(name="rose", start=_WING, end=_WING, points=900_000, light=1.3),
            paper="#f9b8a4",
            ink="#3a1029",
            run=40,
            at=30,
        ),
        width=1280,
        height=536,
        drawn=1.0,
    ),
    "loom": Screenplay(
        shots=(
            Shot(8, loom(rule=30, name="rose", single=True)),
            Shot(7, loom(rule=110, name="sea", cell=1 / 48, speed=0.2)),
            Shot(7, loom(rule=90, name="brass", cell=1 / 100, single=True, ground=70)),
        ),
        score=Score(
            root=52,
            scale="mixolydian",
            beats_per_minute=108,
            chords=(0, 6, 3, 0),
            voice="pluck",
            figure=(0, 2, 4, 2, 7, 4),
            grid=2,
            pulse=0.7,
            hall=1.6,
        ),
        poster=Poster(
            layout="letters",
            picture=loom(rule=30, name="rose", cell=1 / 100, single=False),
            paper="#1a0b16",
            ink="#fff1e6",
        ),
        drawn=1.0,
        grain=2,
    ),
    "murmuration": Screenplay(
        shots=(
            Shot(8, swarm(name="dusk", gather=0.16, speed=0.8, light=0.6)),
            Shot(8, swarm(name="sumi", paper=True, gather=0.24, cells=2, speed=1.0, light=1.0, memory=0.92)),
            Shot(8, swarm(name="ice", gather=0.22, cells=4, speed=1.0, light=0.7)),
        ),
        score=Score(
            root=47,
            scale="dorian",
            beats_per_minute=80,
            chords=(0, 3, 6, 4),
            voice="pluck",
            figure=(0, 4, 7, 4, 2),
            texture="wind",
            hall=3.0,
        ),
        poster=Poster(
            layout="window",
            picture=swarm(
                name="sumi", paper=True, gather=0.25, cells=2, speed=1.0, light=1.1, memory=0.93, count=60_000
            ),
            paper="#f5efe2",
            ink="#b5362c",
            run=90,
            at=70,
        ),
    ),
    "ink": Screenplay(
        shots=(
            Shot(9, marbling(inks=_INKS)),
            Shot(8, marbling(inks=_NIGHT_INKS, cells=3)),
            Shot(
                8,
                camera(
                    marbling(inks=("#f9e3c0", "#9b3d4b", "#3a2342", "#d9825b"), cells=2, speed=0.6),
                    part=(0.8, 0.55),
                    end=(0.7, 0.4),
                ),
            ),
        ),
        score=Score(
            root=50,
            scale="hirajoshi",
            beats_per_minute=60,
            chords=(0, 3, 1, 2),
            voice="pluck",
            figure=(0, 2, 3, 1),
            grid=1,
            texture="water",
            hall=3.4,
        ),
        poster=Poster(
            layout="window", picture=marbling(inks=_INKS, speed=0.7), paper="#14213d", ink="#f3ecdd", run=60, at=40
        ),
        vignette=0.15,
    ),
    "small-societies": Screenplay(
        shots=(
            Shot(7, life(name="ember", density=0.3)),
            Shot(7, life(name="ice", cell=1 / 30, pace=4, density=0.3)),
            Shot(8, life(name="neon", cell=1 / 90, pace=2)),
        ),
        score=Score(
            root=53,
            scale="pentatonic",
            beats_per_minute=116,
            chords=(0, 2, 4, 1),
            voice="glass",
            figure=(0, 2, 4, 3, 1),
            grid=2,
            pulse=0.9,
            hall=1.4,
        ),
        poster=Poster(
            layout="block",
            picture=life(name="neon", cell=1 / 44, pace=2),
            paper="#ffd36e",
            ink="#101b4d",
            run=60,
            at=30,
        ),
        drawn=1.0,
        grain=0,
    ),
    "two-pendulums": Screenplay(
        shots=(
            Shot(9, pendulums(name="brass", ratios=(2.003, 3.0, 3.002, 2.0))),
            Shot(8, pendulums(name="sumi", ratios=(1.0, 2.002, 3.003, 2.0), paper=True)),
            Shot(9, pendulums(name="ember", ratios=(3.0, 5.003, 4.002, 3.0), turns=70)),
        ),
        score=Score(
            root=43,
            scale="mixolydian",
            beats_per_minute=76,
            chords=(0, 4, 3, 6),
            voice="bell",
            figure=(0, 4, 2, 7, 4),
            surround=True,
            hall=3.6,
        ),
        poster=Poster(
            layout="window",
            picture=pendulums(name="brass", ratios=(2.003, 3.0, 3.002, 2.0), light=0.7),
            paper="#7b5220",
            ink="#fffbe9",
            at=7,
        ),
        drawn=1.0,
    ),
    "four-o-clock-window": Screenplay(
        shots=(
            Shot(9, panes(name="glass")),
            Shot(7, panes(name="lagoon", count=18, wander=0.035, sun=(0.5, -0.3))),
            Shot(8, panes(name="dusk", count=80, lead=0.008, sun=(-0.2, 0.9))),
        ),
        score=Score(
            root=41,
            scale="dorian",
            beats_per_minute=58,
            chords=(0, 5, 3, 4),
            voice="bell",
            figure=(0, 4, 7),
            grid=1,
            colour=0.6,
            hall=4.2,
        ),
        poster=Poster(
            layout="spine",
            lines=("FOUR O'CLOCK", "WINDOW"),
            picture=panes(name="glass", count=60, lead=0.009, sun=(0.1, 0.1)),
            paper="#e9c46a",
            ink="#14213d",
        ),
    ),
    "lamplight": Screenplay(
        shots=(
            Shot(8, wax(name="ember")),
            Shot(7, wax(name="rose", count=16, size=0.08)),
            Shot(8, camera(wax(name="violet", count=9, size=0.125), part=(0.9, 0.62), end=(0.5, 0.7))),
        ),
        score=Score(
            root=46,
            scale="mixolydian",
            beats_per_minute=98,
            chords=(0, 3, 4, 1),
            voice="glass",
            figure=(0, 2, 5, 4, 2),
            pulse=0.8,
            colour=0.6,
            hall=1.8,
        ),
        poster=Poster(layout="strips", picture=wax(name="ember", count=12, size=0.095), paper="#2b0a14", ink="#ffe9a8"),
        rate=25,
    ),
    "small-hours": Screenplay(
        shots=(
            Shot(9, stars(name="violet")),
            Shot(8, stars(name="ice", cells=2.2, speed=0.16)),
            Shot(9, stars(name="ember", cells=1.3, zoom=(0.85, 1.0))),
        ),
        score=Score(
            root=38,
            scale="whole",
            beats_per_minute=54,
            chords=(0, 2, 1, 4),
            voice="bell",
            figure=(0, 3, 5),
            grid=1,
            colour=0.35,
            hall=4.5,
        ),
        poster=Poster(layout="bleed", picture=stars(name="violet", cells=1.1), paper="#0a0618", ink="#fff0dd"),
        drawn=1.0,
    ),
    "rosette": Screenplay(
        shots=(
            Shot(8, mirrors(name="lagoon")),
            Shot(7, mirrors(name="rose", folds=8, cells=3)),
            Shot(7, mirrors(name="sea", folds=5, spin=-0.6, bands=1.6)),
        ),
        score=Score(
            root=55,
            scale="lydian",
            beats_per_minute=132,
            chords=(0, 4, 1, 5),
            voice="bell",
            figure=(0, 2, 4, 6, 4, 2),
            grid=2,
            colour=0.3,
            hall=2.0,
        ),
        poster=Poster(layout="letters", picture=mirrors(name="lagoon", folds=8), paper="#e07a5f", ink="#0a1128"),
        rate=25,
        drawn=1.0,
    ),
}
