"""Keys are published before they sign, and until their last token has expired."""

import jwt
import pytest

from matinee.services.identity.adapters.sealing import ChaChaSeal
from matinee.services.identity.ports.errors import SealError
from matinee.services.identity.ports.records import Device
from matinee.testing.members import claims_of

DAY = 86_400
HERE = Device(address="192.0.2.7")


async def kids(room):
    return [key.kid for key in (await room.core.keys.published()).keys]


@pytest.mark.slow
async def test_tokens_verify_through_a_whole_rotation(room):
    """A front door that asks for the keys every hour knows the key of every token that is made in that hour."""
    refresh, used = (await room.joined()).cookies["matinee_refresh"], []
    for _ in range(24 * 32):
        known = await room.core.keys.published()
        room.clock.advance(3599)
        issued = await room.core.sessions.refresh(refresh, HERE)
        refresh = issued.refresh_token
        assert claims_of(issued.access_token, known, now=room.clock.now().timestamp()) is not None
        used.append(_kid(issued.access_token))
        room.clock.advance(1)
        await room.core.keys.keep_up()
        if len(set(used)) == 2:
            break
    assert len(set(used)) == 2


def _kid(token):
    return jwt.get_unverified_header(token)["kid"]


async def test_a_new_key_is_published_for_an_hour_before_it_signs(room):
    browser = await room.joined()
    (first,) = await kids(room)
    await room.core.keys.rotate()
    first_again, second = await kids(room)
    assert first_again == first
    for seconds, expected in ((0, first), (3599, first), (1, second)):
        room.clock.advance(seconds)
        await browser.post("/session/refresh")
        assert _kid(browser.cookies["matinee_access"]) == expected


async def test_old_keys_go_after_their_last_token(room):
    (first,) = await kids(room)
    room.clock.advance(30 * DAY - 3600)
    await room.core.keys.keep_up()
    assert len(await kids(room)) == 2
    room.clock.advance(3600 + 3600 + 300)
    assert first in await kids(room)
    room.clock.advance(61)
    await room.core.keys.keep_up()
    assert first not in await kids(room)
    assert len(await kids(room)) == 1


async def test_a_second_process_makes_no_second_key(room):
    await type(room.core)(room.settings, room.core.outside).keys.keep_up()
    assert len(await kids(room)) == 1


async def test_private_keys_are_sealed_and_bound_to_their_name(room):
    async with room.store.reading() as tx:
        (key,) = await tx.keys.all()
    private = room.core.seal.open(key.sealed, purpose=f"signing-key:{key.kid}")
    assert private not in key.sealed
    for seal, purpose in (
        (room.core.seal, "signing-key:other"),
        (ChaChaSeal(b"x" * 32), f"signing-key:{key.kid}"),
    ):
        with pytest.raises(SealError):
            seal.open(key.sealed, purpose=purpose)
    with pytest.raises(SealError):
        room.core.seal.open(key.sealed[:-1] + bytes([key.sealed[-1] ^ 1]), purpose=f"signing-key:{key.kid}")
    with pytest.raises(SealError):
        room.core.seal.open(b"", purpose="x")


async def test_a_service_that_slept_over_the_rotation_goes_on_with_the_old_key(room):
    refresh = (await room.joined()).cookies["matinee_refresh"]
    (old,) = await kids(room)
    room.clock.advance(20 * DAY)
    refresh = (await room.core.sessions.refresh(refresh, HERE)).refresh_token
    room.clock.advance(10 * DAY + 3600)
    await room.core.keys.keep_up()
    room.clock.advance(3599)
    issued = await room.core.sessions.refresh(refresh, HERE)
    assert _kid(issued.access_token) == old
    room.clock.advance(299)
    await room.core.keys.keep_up()
    known = await room.core.keys.published()
    assert claims_of(issued.access_token, known, now=room.clock.now().timestamp()) is not None
