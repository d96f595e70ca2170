"""Subtitle files beside a film: a look at what they really are before anything reads them."""

import codecs

from matinee.contracts.ingest import SourceRefusedError
from matinee.services.ingest.service.names import TextForm

_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an XZ archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"%PDF": "a PDF",
}
_PAGES = ("<!doctype", "<html", "<head", "<body", "<?xml", "<svg", "<script", "<?php")
_MARKS = {
    "vtt": ("webvtt",),
    "srt": ("-->",),
    "ass": ("[script info]", "[events]"),
    "ssa": ("[script info]", "[events]"),
}
_HEAD_CHARACTERS = 65_536
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _decoded(data: bytes) -> str:
    """Return the text, by byte order mark, else UTF-8, else Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def checked_form(form: TextForm | None) -> TextForm:
    """Return the form unchanged.

    Raises:
        SourceRefusedError: when there is none.
    """
    if form is None:
        raise SourceRefusedError("Subtitles are accepted as .srt, .ass, .ssa and .vtt files.")
    return form


def check_text(data: bytes, form: TextForm | None) -> TextForm:
    """Return the form when the bytes look like subtitles of it.

    Raises:
        SourceRefusedError: when they are an archive, a web page, not text, or text of another kind.
    """
    form = checked_form(form)
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise SourceRefusedError(f"The subtitle file is really {what}; unpack it and upload the text inside.")
    text = _decoded(data)
    head = text[:_HEAD_CHARACTERS].lstrip("\ufeff \t\r\n").lower()
    if "\0" in text:
        raise SourceRefusedError("The subtitle file is not text.")
    if head.startswith(_PAGES):
        raise SourceRefusedError("The subtitle file is really a web page; download the subtitles themselves.")
    if not any(mark in head for mark in _MARKS[form]):
        raise SourceRefusedError(f"The file does not look like .{form} subtitles.")
    if form == "vtt" and not head.startswith("webvtt"):
        raise SourceRefusedError("A .vtt file starts with the line WEBVTT.")
    return form
