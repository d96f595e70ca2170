"""Words that lie beside a film: a diver's notes on the reef, in three languages."""

from collections.abc import Callable
from typing import Literal

import msgspec

Form = Literal["vtt", "srt"]


class Cue(msgspec.Struct, frozen=True):
    """One subtitle: `start` and `end` are parts of the film's length, from 0 to 1."""

    start: float
    end: float
    text: str


class SideText(msgspec.Struct, frozen=True):
    """One subtitle file of a film."""

    language: str
    form: Form
    cues: tuple[Cue, ...]


_TIMES = (
    (0.14, 0.23),
    (0.245, 0.335),
    (0.35, 0.45),
    (0.465, 0.56),
    (0.575, 0.665),
    (0.68, 0.765),
    (0.78, 0.865),
    (0.88, 0.97),
)

_ENGLISH = (
    "Day one. Nothing in the dish\nbut fourteen grains of appetite.",
    "Day two. Each grain has drawn\na circle around itself.",
    "I have given it four numbers\nand no instructions.",
    "Day five. The walls have met\nand agreed on a distance.",
    "It looks like coral.\nIt has never seen the sea.",
    "It eats, it makes room, it eats.\nSo do we all.",
    "Day nine. There is no more room.\nIt goes on making some.",
    "I left the lamp on.\nIt seemed impolite not to.",
)
_GERMAN = (
    "Erster Tag. In der Schale nichts\nals vierzehn Körner Appetit.",
    "Zweiter Tag. Jedes Korn hat\neinen Kreis um sich gezogen.",
    "Vier Zahlen habe ich ihm gegeben\nund keine Anweisung.",
    "Fünfter Tag. Die Wände sind sich begegnet\nund haben einen Abstand vereinbart.",
    "Es sieht aus wie Koralle.\nDas Meer hat es nie gesehen.",
    "Es frisst, es macht Platz, es frisst.\nWie wir alle.",
    "Neunter Tag. Es ist kein Platz mehr.\nEs schafft weiter welchen.",
    "Die Lampe habe ich brennen lassen.\nAlles andere wäre unhöflich gewesen.",
)
# ruff: noqa: RUF001 - Arabic letters are meant
_ARABIC = (
    "اليوم الأول. لا شيء في الطبق\nسوى أربع عشرة حبة من الشهية.",
    "اليوم الثاني. كل حبة\nرسمت حول نفسها دائرة.",
    "أعطيته أربعة أعداد\nولم أعطه تعليمات.",
    "اليوم الخامس. التقت الجدران\nواتفقت على مسافة بينها.",
    "يشبه المرجان،\nولم يرَ البحر قط.",
    "يأكل، ويفسح مكانًا، ثم يأكل.\nوكذلك نحن جميعًا.",
    "اليوم التاسع. لم يبقَ مكان.\nوما زال يصنع مكانًا.",
    "تركتُ المصباح مضاءً،\nفغير ذلك قلة أدب.",
)


def _cues(lines: tuple[str, ...]) -> tuple[Cue, ...]:
    return tuple(Cue(start, end, text) for (start, end), text in zip(_TIMES, lines, strict=True))


REEF_NOTES: tuple[SideText, ...] = (
    SideText("en", "vtt", _cues(_ENGLISH)),
    SideText("de", "vtt", _cues(_GERMAN)),
    SideText("ar", "srt", _cues(_ARABIC)),
)


def _stamp(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"00:{minutes:02d}:{rest // 1000:02d}{point}{rest % 1000:03d}"


def _vtt(text: SideText, seconds: float) -> str:
    blocks = [f"{_stamp(c.start * seconds, '.')} --> {_stamp(c.end * seconds, '.')}\n{c.text}\n" for c in text.cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _srt(text: SideText, seconds: float) -> str:
    blocks = [
        f"{number}\n{_stamp(c.start * seconds, ',')} --> {_stamp(c.end * seconds, ',')}\n{c.text}\n"
        for number, c in enumerate(text.cues, start=1)
    ]
    return "\n".join(blocks)


_WRITERS: dict[Form, Callable[[SideText, float], str]] = {"vtt": _vtt, "srt": _srt}


def written(text: SideText, *, seconds: float) -> str:
    """Return the whole subtitle file for a film of a length."""
    return _WRITERS[text.form](text, seconds)
