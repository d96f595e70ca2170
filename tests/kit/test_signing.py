"""Tokens: what was signed comes back, anything else is refused."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.signing import (
    MAX_TOKEN_CHARACTERS,
    SigningKey,
    TokenError,
    Verifier,
    decode_base64url,
    encode_base64url,
)

KEY = SigningKey(bytes(range(32)))
EXPIRY = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = EXPIRY - timedelta(microseconds=1)


class Delivery(msgspec.Struct, frozen=True, tag="delivery"):
    path: str
    expires_at: int


class Licence(msgspec.Struct, frozen=True, tag="licence"):
    path: str
    expires_at: int


def token(path="a", key=KEY, kind=Delivery):
    return key.sign(kind(path, int(EXPIRY.timestamp())))


def verifier(**options):
    return Verifier(KEY.public, Delivery, **options)


@given(st.text(max_size=100))
def test_what_was_signed_comes_back(path):
    assert verifier().verify(token(path), now=BEFORE) == Delivery(path, int(EXPIRY.timestamp()))


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=400)])
def test_a_token_ends_at_its_expiry_even_when_it_is_remembered(late):
    one = verifier()
    one.verify(token(), now=BEFORE)
    with pytest.raises(TokenError):
        one.verify(token(), now=EXPIRY + late)
    with pytest.raises(TokenError):
        verifier().verify(token(), now=EXPIRY + late)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_any_changed_byte_is_refused(position, change):
    body, _, signature = token().partition(".")
    parts = [bytearray(decode_base64url(body)), bytearray(decode_base64url(signature))]
    part = parts[position % 2]
    part[position // 2 % len(part)] ^= change
    with pytest.raises(TokenError):
        verifier().verify(".".join(encode_base64url(bytes(one)) for one in parts), now=BEFORE)


@given(st.text(max_size=200))
def test_garbage_is_refused(text):
    with pytest.raises(TokenError):
        verifier().verify(text, now=BEFORE)


def test_another_kind_and_another_key_are_refused():
    with pytest.raises(TokenError):
        verifier().verify(token(kind=Licence), now=BEFORE)
    with pytest.raises(TokenError):
        verifier().verify(token(key=SigningKey(SigningKey.generate())), now=BEFORE)


def test_a_token_over_the_bound_is_refused_before_any_work():
    with pytest.raises(TokenError, match="too long"):
        verifier().verify("a" * (MAX_TOKEN_CHARACTERS + 1), now=BEFORE)


def test_memory_of_good_tokens_is_bounded():
    one = verifier(remembered=3)
    for number in range(10):
        one.verify(token(str(number)), now=BEFORE)
    assert len(one._good) == 3


def test_the_least_recently_used_token_is_forgotten_first():
    one = verifier(remembered=2)
    used = token("used")
    one.verify(used, now=BEFORE)
    one.verify(token("other"), now=BEFORE)
    one.verify(used, now=BEFORE)
    one.verify(token("third"), now=BEFORE)
    assert used in one._good


@given(st.binary(max_size=100))
def test_base64url_round_trip(data):
    text = encode_base64url(data)
    assert "=" not in text
    assert decode_base64url(text) == data


@pytest.mark.parametrize("text", ["a", "ab+/", "a b c", "é", "ab=="])
def test_base64url_refuses_other_alphabets(text):
    with pytest.raises(ValueError):
        decode_base64url(text)
