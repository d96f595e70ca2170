import asyncio

import msgspec
import pytest

from matinee.contracts.identity import EndedSessions, KeySet
from matinee.kit.ids import SessionId
from matinee.services.gateway.access import AccessTokens, UnknownKeyError, is_access_token
from matinee.services.gateway.members import Members
from matinee.services.gateway.refusals import KeysMissingError
from matinee.testing.access_tokens import TestMembers
from matinee.testing.clock import ManualClock

NOW = 1_767_225_600  # where a manual clock begins


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def identity():
    return TestMembers()


def signed(identity, **changes):
    return identity.token(**{"iat": NOW, "exp": NOW + 300, **changes})


@pytest.fixture
async def tokens(identity, clock):
    made = AccessTokens(clock, remembered=4)
    made.trust(await identity.keys())
    return made


async def test_a_token_counts_until_it_expires(identity, clock, tokens):
    token = signed(identity)
    assert tokens.check(token).sub == "account-member"
    clock.advance(299)
    assert tokens.check(token).sid == "session-member"
    clock.advance(1)
    assert tokens.check(token) is None
    assert tokens.check(token) is None


async def test_an_ended_session_ends_remembered_tokens_too(identity, clock, tokens):
    token = signed(identity)
    assert tokens.check(token)
    tokens.end(EndedSessions(sessions=(SessionId("session-member"),), position=1))
    assert tokens.check(token) is None
    other = signed(identity, sid="other")
    assert tokens.check(other)
    clock.advance(961)
    tokens.end(EndedSessions(sessions=(), position=1))
    assert not tokens._ended


async def test_only_so_many_tokens_are_remembered(identity, tokens):
    for number in range(10):
        assert tokens.check(signed(identity, sid=f"s{number}"))
    assert len(tokens._good) == 4


async def test_tokens_of_a_key_that_is_gone_count_no_more(identity, tokens):
    old = signed(identity)
    assert tokens.check(old)
    identity.new_key("key-2")
    identity.drop_key("key-1")
    tokens.trust(await identity.keys())
    with pytest.raises(UnknownKeyError):
        tokens.check(old)
    assert tokens.check(signed(identity))


async def test_a_life_longer_than_allowed_is_not_believed(identity, tokens):
    assert tokens.check(signed(identity, exp=NOW + 900))
    assert tokens.check(signed(identity, exp=NOW + 901)) is None
    assert tokens.check(signed(identity, iat=NOW + 61, exp=NOW + 100)) is None


@pytest.mark.parametrize("text", ["a.b.c", "eyJ.eyJ.sig"])
def test_tokens_and_operator_keys_are_told_apart_by_shape(text):
    assert is_access_token(text)
    assert not is_access_token("ABCDE-01234-FGHJK-56789-MNPQR")
    assert not is_access_token("a.b")


async def test_an_unknown_key_is_asked_for_once_in_a_few_seconds(identity, clock):
    members = Members(identity, clock, remembered=10)
    token = signed(identity)
    with pytest.raises(UnknownKeyError):
        members.known(token)
    together = await asyncio.gather(*(members.claims(token) for _ in range(20)))
    assert all(together)
    assert identity.asked == 1
    forged = TestMembers()
    forged.new_key("elsewhere")
    for _ in range(20):
        assert await members.claims(signed(forged)) is None
    assert identity.asked == 1
    identity.new_key("key-2")
    assert await members.claims(signed(identity)) is None
    clock.advance(3)
    assert await members.claims(signed(identity)) is not None
    assert identity.asked == 2


async def test_while_the_room_is_away_what_was_known_counts(identity, clock):
    members = Members(identity, clock, remembered=10)
    token = signed(identity)
    assert await members.claims(token)
    identity.away = True
    await members.poll()
    await members._refresh_keys()
    assert members.known(token)
    identity.away = False
    identity.end("session-member")
    await members.poll()
    assert members.known(token) is None


async def test_ended_sessions_come_in_pages_and_again_after_a_restore(identity, clock):
    members = Members(identity, clock, remembered=10)
    await members.claims(signed(identity))
    pages = {0: (10_000, 10_000), 10_000: (5, 10_005), 10_005: (0, 10_005)}
    asked = []

    class Paged(TestMembers):
        async def ended_sessions(self, *, after=0):
            asked.append(after)
            count, position = pages[after]
            names = tuple(SessionId(f"{after}-{number}") for number in range(count))
            return EndedSessions(sessions=names, position=position)

    members._identity = Paged()
    await members.poll()
    assert asked == [0, 10_000]
    assert len(members._tokens._ended) == 10_005
    pages[10_005] = (0, 3)
    pages[0] = (1, 3)
    await members.poll()
    assert asked == [0, 10_000, 10_005, 0]
    assert members._position == 3


async def test_keys_that_are_no_keys_are_not_taken(identity, clock):
    members = Members(identity, clock, remembered=10)
    await members.claims(signed(identity))
    good = members.key_set

    class Broken(TestMembers):
        async def keys(self):
            return KeySet(keys=(msgspec.structs.replace(good.keys[0], x="AAAA"),))

    members._identity = Broken()
    await members._refresh_keys()
    assert members.key_set == good
    assert members.known(signed(identity))


async def test_a_token_of_another_house_is_nobodys_once_the_room_has_answered(identity, clock):
    members, other = Members(identity, clock, remembered=10), TestMembers()
    other.new_key("elsewhere")
    assert await members.claims(signed(other)) is None
    identity.away = True
    clock.advance(60)
    assert await members.claims(signed(other)) is None


async def test_a_room_that_was_away_is_asked_again_soon(identity, clock):
    members = Members(identity, clock, remembered=10)
    identity.away = True
    token = signed(identity)
    for _ in range(5):
        with pytest.raises(KeysMissingError):
            await members.claims(token)
    assert identity.asked == 1
    identity.away = False
    clock.advance(0.2)
    assert await members.claims(token)
