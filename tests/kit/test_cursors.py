"""Cursors: opaque, and of use only for the query that made them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.cursors import CursorError, Cursors
from matinee.kit.signing import decode_base64url, encode_base64url

CURSORS = Cursors(b"0123456789abcdef")
VALUES = st.lists(
    st.text(max_size=20) | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False), min_size=1, max_size=4
).map(tuple)


@given(VALUES)
def test_values_come_back_exactly(values):
    back = CURSORS.decode("titles", CURSORS.encode("titles", values))
    assert back == values
    assert [type(value) for value in back] == [type(value) for value in values]


@given(VALUES)
def test_a_cursor_is_safe_in_a_url(values):
    assert set(CURSORS.encode("titles", values)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@pytest.mark.parametrize("scope", ["titles:genre=drama", "title", "titles\0", ""])
def test_another_query_refuses_it(scope):
    with pytest.raises(CursorError):
        CURSORS.decode(scope, CURSORS.encode("titles", ("a",)))


def test_another_secret_refuses_it():
    with pytest.raises(CursorError):
        Cursors(b"another secret 16").decode("titles", CURSORS.encode("titles", ("a",)))


@given(st.integers(0, 1000), st.integers(1, 255))
def test_any_changed_byte_is_refused(position, change):
    raw = bytearray(decode_base64url(CURSORS.encode("titles", ("name", 42))))
    raw[position % len(raw)] ^= change
    with pytest.raises(CursorError):
        CURSORS.decode("titles", encode_base64url(bytes(raw)))


@given(st.text(max_size=100))
def test_garbage_is_refused(text):
    with pytest.raises(CursorError):
        CURSORS.decode("titles", text)
