from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from matinee.services.search.adapters.tantivy_index.lexicon import Lexicon
from matinee.services.search.adapters.tantivy_index.vocabulary import FieldWords, Vocabulary

letters = st.text(alphabet="abcé\U0001f600", min_size=1, max_size=10)
words = st.sets(letters, max_size=40)


@given(words, letters, st.integers(0, 2))
def test_finds_exactly_the_words_that_measuring_each_finds(known, typo, edits):
    found = {(near.word, near.edits) for near in Lexicon(known).near(typo, edits=edits)}
    measured = {(word, OSA.distance(typo, word)) for word in known if word != typo}
    assert found == {(word, distance) for word, distance in measured if distance <= edits and edits}


def test_two_swapped_letters_are_one_typo():
    assert [(near.word, near.edits) for near in Lexicon(["things"]).near("thigns", edits=1)] == [("things", 1)]


def test_nearest_come_first_and_the_word_itself_is_no_typo():
    found = Lexicon(["cat", "cart", "card", "car"]).near("cart", edits=2)
    assert [near.word for near in found] == ["car", "card", "cat"]


@given(words, letters)
def test_beginnings_come_in_order(known, beginning):
    expected = sorted(word for word in known if word.startswith(beginning))
    assert Lexicon(known).starting(beginning, most=3) == expected[:3]


def test_words_that_came_later_are_known_beside_the_others():
    before = Vocabulary({"name": FieldWords(known=Lexicon(["stranger"]))})
    after = before.with_recent({"name": ["things", "stranger"]})
    assert "things" in after.fields["name"]
    assert after.recent == 1
    assert "things" not in before.fields["name"]
    assert [near.word for near in after.fields["name"].near("thigns", edits=1)] == ["things"]
