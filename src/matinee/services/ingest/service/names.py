"""Names from outside: metadata of uploads, titles and languages from file names. For showing, never for paths."""

import base64
import binascii
import re
from typing import Literal, cast

import msgspec

from matinee.engines.media.languages import UNKNOWN, language_tag
from matinee.kit.errors import InvalidError
from matinee.kit.ids import TitleId, UploadId
from matinee.kit.paths import display_name

MAX_METADATA_CHARACTERS = 4096
MAX_TEXTS = 32
ID_PATTERN = re.compile(r"[0-9a-z]{22}")
TextForm = Literal["srt", "ass", "ssa", "vtt"]
_FORMS = ("srt", "ass", "ssa", "vtt")
_FORCED_WORDS = frozenset({"forced"})
_OTHER_WORDS = frozenset({"sdh", "cc", "hi", "default", "full"})
_LONGEST_EXTENSION = 5
_ENDONYMS = {
    "ar": "العربية",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "el": "Ελληνικά",
    "en": "English",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "hr": "Hrvatski",
    "hu": "Magyar",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "no": "Norsk",
    "pl": "Polski",
    "pt": "Português",
    "ro": "Română",
    "ru": "Русский",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh": "中文",
}
_TITLE_CHARACTERS = 200


class MetadataError(InvalidError):
    """The upload's metadata is malformed or says what cannot be."""

    code = "upload-metadata"
    title = "The upload's metadata is not valid"


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What an upload says of itself. `raw` is the header as received."""

    raw: str = ""
    source_name: str = "untitled"
    role: Literal["film", "text"] = "film"
    title_id: TitleId | None = None
    av1: bool = False
    early_release: bool = True
    language: str = UNKNOWN
    text_uploads: tuple[UploadId, ...] = ()


def checked_id(text: str) -> str:
    """Return an identifier of ours unchanged.

    Raises:
        MetadataError: when it has another form.
    """
    if not ID_PATTERN.fullmatch(text):
        raise MetadataError("An identifier has 22 small letters and digits.")
    return text


def _pairs(header: str) -> dict[str, str]:
    """Split `key base64,key base64` into decoded values."""
    if len(header) > MAX_METADATA_CHARACTERS or not header.isascii() or not header.isprintable():
        raise MetadataError(f"Upload-Metadata holds at most {MAX_METADATA_CHARACTERS} printable ASCII characters.")
    values: dict[str, str] = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        if not key or key in values:
            raise MetadataError("Each key of Upload-Metadata is there once and not empty.")
        try:
            values[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "replace")
        except binascii.Error as error:
            raise MetadataError(f"The value of {key!r} is not Base64.") from error
    return values


def _choice(values: dict[str, str], key: str, *, otherwise: str, choices: tuple[str, ...]) -> str:
    value = values.get(key) or otherwise
    if value not in choices:
        raise MetadataError(f"{key} is one of: {', '.join(choices)}.")
    return value


def parse_metadata(header: str) -> Metadata:
    """Return what an `Upload-Metadata` header says; unknown keys are kept for the client and mean nothing.

    Raises:
        MetadataError: when it is malformed, or a known key has an impossible value.
    """
    if not header:
        return Metadata()
    values = _pairs(header)
    texts = tuple(UploadId(checked_id(one)) for one in values.get("text_uploads", "").split(",") if one)
    if len(texts) > MAX_TEXTS or len(set(texts)) < len(texts):
        raise MetadataError(f"text_uploads names each subtitle upload once, at most {MAX_TEXTS}.")
    title_id = values.get("title_id")
    return Metadata(
        raw=header,
        source_name=display_name(values.get("filename") or values.get("name") or ""),
        role=cast("Literal['film', 'text']", _choice(values, "role", otherwise="film", choices=("film", "text"))),
        title_id=TitleId(checked_id(title_id)) if title_id else None,
        av1=_choice(values, "av1", otherwise="0", choices=("0", "1")) == "1",
        early_release=_choice(values, "early_release", otherwise="1", choices=("0", "1")) == "1",
        language=language_tag(values.get("language")),
        text_uploads=texts,
    )


def title_from(source_name: str) -> str:
    """Return a title for a file: its name without extension, with dots and underscores as spaces."""
    stem, dot, extension = source_name.rpartition(".")
    if not dot or not stem or not 0 < len(extension) <= _LONGEST_EXTENSION or not extension.isalnum():
        stem = source_name
    words = re.sub(r"[._]+", " ", stem) if " " not in stem else stem
    cleaned = " ".join(words.strip(" -").split())
    return cleaned[:_TITLE_CHARACTERS].strip() or "Untitled"


def text_form(name: str) -> TextForm | None:
    """Return the subtitle form that a file name's extension states, None when it is no subtitle's."""
    extension = name.rpartition(".")[2].lower()
    return cast("TextForm", extension) if extension in _FORMS else None


def text_language(name: str) -> tuple[str, bool]:
    """Return language and whether it is forced, from names such as `film.de.srt` and `film.en.forced.vtt`."""
    *words, _ = name.split(".")
    language, forced = UNKNOWN, False
    for word in reversed(words[1:]):
        low = word.lower()
        if low in _FORCED_WORDS:
            forced = True
        elif low not in _OTHER_WORDS:
            language = language_tag(word)
            break
    return language, forced


def text_label(language: str) -> str:
    """Return what viewers see of a subtitle track: the language in its own words, else its tag."""
    if language == UNKNOWN:
        return "Subtitles"
    return _ENDONYMS.get(language.split("-", maxsplit=1)[0], language)
