"""The PDF of an invoice: A4, fonts embedded, the same bytes for the same invoice."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from fpdf import FPDF, XPos, YPos
from fpdf.enums import MethodReturnValue
from fpdf.fonts import TTFFont
from noto_cjk_sans_jp_regular import FONT_PATH
from pymupdf_fonts import FiraGO_Bold, FiraGO_Regular

from matinee.services.billing.adapters.documents.wordmark import shapes

Facts = Mapping[str, Any]
_FAMILY: Final = "body"
_EAST: Final = "east"
_NIGHT: Final = (16, 11, 9)
_BEAM: Final = (255, 194, 71)
_CREAM: Final = (248, 239, 230)
_INK: Final = (35, 26, 21)
_SOFT: Final = (107, 90, 79)
_LINE: Final = (227, 217, 208)

# Millimetres on A4.
_MARGIN: Final = 20.0
_WIDTH: Final = 170.0
_BAND: Final = 32.0
_MARK: Final = 7.0
_AMOUNT: Final = 40.0
_COLUMN: Final = 55.0
_BOTTOM: Final = 25.0


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, Mapping) else value
    return [text for part in inner for text in _texts(part)]


class _Paper(FPDF):
    """A page with our margins, fonts and foot."""

    def __init__(self, facts: Facts, folder: Path) -> None:
        super().__init__(format="A4", unit="mm")
        self._facts = facts
        self.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.set_auto_page_break(True, margin=_BOTTOM)
        for style, face in (("", FiraGO_Regular), ("B", FiraGO_Bold)):
            path = folder / f"body{style}.ttf"
            path.write_bytes(face.fontbuffer)
            self.add_font(_FAMILY, style, path)
        # Latin, Greek, Cyrillic, Arabic, Hebrew, Thai and Devanagari are in; the large font costs a second or two.
        body = self.fonts[_FAMILY]
        covered = body.ttfont.getBestCmap() if isinstance(body, TTFFont) else {}
        if any(ord(one) not in covered for text in _texts(facts) for one in text):
            self.add_font(_EAST, "", Path(str(FONT_PATH)))
            self.set_fallback_fonts([_EAST], exact_match=False)
        self.set_text_shaping(use_shaping_engine=True)
        self.c_margin = 0

    def use(self, style: str, size: float) -> None:
        """Choose a face, whatever was used last.

        After a fallback font the library believes that the page still has the chosen one, and says nothing when it is
        chosen again; the detour makes it say so.
        """
        self.set_font(_FAMILY, "" if style else "B", size)
        self.set_font(_FAMILY, style, size)

    def write_line(
        self, text: str, *, size: float = 10.0, style: str = "", colour: tuple[int, int, int] = _INK
    ) -> None:
        """Write a paragraph in what is left of the current column."""
        self.use(style, size)
        self.set_text_color(*colour)
        width = min(_COLUMN, _MARGIN + _WIDTH - self.x)
        self.multi_cell(width, size * 0.5, text, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)

    def footer(self) -> None:
        """Write the seller and the page's number at the foot."""
        self.set_y(-18)
        self.use("", 8)
        self.set_text_color(*_SOFT)
        self.cell(_WIDTH - 20, 4, " · ".join(self._facts["seller"])[:110], align="L")
        self.cell(20, 4, f"Page {self.page_no()}", align="R")


def invoice_pdf(facts: Facts, *, issued_at: datetime) -> bytes:
    """Return the PDF of an invoice's facts.

    Args:
        facts: as `invoices.facts_of` gives them.
        issued_at: becomes the document's date, so that the bytes depend on nothing else.
    """
    with tempfile.TemporaryDirectory() as folder:
        paper = _Paper(facts, Path(folder))
        paper.set_lang("en")
        paper.set_title(facts["title"])
        paper.set_author(facts["seller"][0])
        paper.set_creator("Matinee")
        paper.set_creation_date(issued_at)
        paper.add_page()
        _band(paper, facts)
        _parties(paper, facts)
        _lines(paper, facts)
        _sums(paper, facts)
        return bytes(paper.output())


def _band(paper: _Paper, facts: Facts) -> None:
    paper.set_fill_color(*_NIGHT)
    paper.rect(0, 0, paper.w, _BAND, style="F")
    paper.set_fill_color(*_BEAM)
    top = (_BAND - _MARK) / 2
    for shape in shapes():
        paper.polygon([(_MARGIN + x * _MARK, top + y * _MARK) for x, y in shape], style="F")
    paper.set_text_color(*_CREAM)
    for number, (text, size, style) in enumerate(((facts["kind"], 15, "B"), (facts["number"], 10, ""))):
        paper.use(style, size)
        paper.set_xy(_MARGIN + _WIDTH / 2, top - 1.5 + number * 6.5)
        paper.cell(_WIDTH / 2, 6, text, align="R")


def _parties(paper: _Paper, facts: Facts) -> None:
    tax = [f"Tax number {facts['seller_tax_id']}"] if facts["seller_tax_id"] else []
    corrects = ["", f"Corrects {facts['corrects']}"] if facts["corrects"] else []
    columns = (
        ("From", [*facts["seller"], *tax]),
        ("To", [*facts["customer"], *([facts["territory"]] if facts["territory"] else [])]),
        ("Date", [facts["issued"], *corrects]),
    )
    top, lowest = _BAND + 14, 0.0
    for number, (name, texts) in enumerate(columns):
        paper.set_xy(_MARGIN + number * (_WIDTH / 3), top)
        paper.write_line(name, size=8.5, style="B", colour=_SOFT)
        for text in texts:
            paper.write_line(text or " ")
        lowest = max(lowest, paper.y)
    paper.set_xy(_MARGIN, lowest + 10)


def _lines(paper: _Paper, facts: Facts) -> None:
    paper.set_draw_color(*_LINE)
    _row(paper, "Description", "Amount", size=8.5, style="B", colour=_SOFT)
    for description, period, amount in facts["lines"]:
        _row(paper, description, amount, below=period)


def _sums(paper: _Paper, facts: Facts) -> None:
    _row(paper, "Subtotal", facts["subtotal"])
    for name, amount in facts["taxes"]:
        _row(paper, name, amount)
    _row(paper, "Total", facts["total"], size=13, style="B")
    for name, amount in facts["paid_by"]:
        _row(paper, f"Paid by {name}", amount, colour=_SOFT)


def _row(
    paper: _Paper,
    text: str,
    amount: str,
    *,
    below: str = "",
    size: float = 10.0,
    style: str = "",
    colour: tuple[int, int, int] = _INK,
) -> None:
    """Write a row of two cells over a thin line; one that does not fit goes to the next page whole."""
    height = size * 0.55
    paper.use(style, size)
    room = _WIDTH - _AMOUNT - 5
    tall = paper.multi_cell(room, height, text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT)
    needed = msgspec.convert(tall, float) + (4.5 if below else 0.0) + 5
    if paper.will_page_break(needed):
        paper.add_page()
    top = paper.y + 2.5
    paper.set_xy(_MARGIN, top)
    paper.set_text_color(*colour)
    paper.multi_cell(room, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = paper.y
    paper.set_xy(_MARGIN + _WIDTH - _AMOUNT, top)
    paper.cell(_AMOUNT, height, amount, align="R")
    paper.set_xy(_MARGIN, bottom)
    if below:
        paper.use("", 8.5)
        paper.set_text_color(*_SOFT)
        paper.cell(room, 4.5, below, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_y(paper.y + 2.5)
    paper.line(_MARGIN, paper.y, _MARGIN + _WIDTH, paper.y)
