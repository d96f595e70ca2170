import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.services.search.folding import MAX_WORD, allowed_edits, fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Amélie", "amelie"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Łódź Ærø", "lodz aero"),
        ("Ocean's Eleven", "oceans eleven"),
        ("don\u2019t", "dont"),
        ("İstanbul", "istanbul"),
        ("ΑΘΉΝΑΣ", "αθηνασ"),
        ("Ёлки", "елки"),
        ("\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "محمد"),
        ("\uff11\uff12\uff13 \ufb01lm", "123 film"),
        ("進撃の巨人", "進撃 撃の の巨 巨人"),
        ("शोले", "शोले"),
        ("S.W.A.T.", "s w a t"),
        ("\u202etest", "test"),
        (" \t—…!", ""),
    ],
)
def test_folds_case_accents_and_punctuation_beyond_latin_too(text, folded):
    assert fold(text) == folded


@given(st.text(max_size=80))
def test_folding_what_is_folded_changes_nothing(text):
    once = fold(text)
    assert fold(once) == once
    assert all(0 < len(word) <= MAX_WORD for word in once.split(" ") if once)


@pytest.mark.parametrize(
    ("word", "edits"), [("", 0), ("ab", 0), ("abc", 1), ("abcde", 1), ("abcdef", 2), ("\U0001f600" * 5, 1)]
)
def test_typos_are_allowed_by_code_points(word, edits):
    assert allowed_edits(word) == edits
