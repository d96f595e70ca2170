"""Cards are asked for once by all who need them, and believed for a while."""

from dataclasses import replace

from matinee.contracts.catalogue import Viewer
from matinee.kit.ids import ProfileId
from matinee.services.home.service.audience import Guest
from matinee.services.home.service.cards import Cards
from matinee.testing.clock import ManualClock
from matinee.testing.home import FakeLibrary, card

GUEST = Guest(ProfileId("p"), Viewer(audience="members", maturity=18))
KID = Guest(ProfileId("k"), Viewer(audience="members", maturity=7))


async def test_only_what_is_not_known_is_asked_for_and_the_order_is_kept():
    library, clock = FakeLibrary([card(number) for number in range(10)]), ManualClock()
    cards = Cards(library, clock, seconds=10)
    assert list(await cards.of(GUEST, ["title-0003", "title-0001", "none"])) == ["title-0003", "title-0001"]
    assert list(await cards.of(GUEST, ["title-0001", "title-0003", "none"])) == ["title-0001", "title-0003"]
    assert library.calls["cards"] == 1
    assert list(await cards.of(GUEST, ["title-0002", "title-0001"])) == ["title-0002", "title-0001"]
    assert library.calls["cards"] == 2
    assert await cards.of(GUEST, []) == {}


async def test_viewers_with_other_ceilings_have_cards_of_their_own():
    library, clock = FakeLibrary([card(number) for number in range(10)]), ManualClock()
    cards = Cards(library, clock, seconds=10)
    assert "title-0004" in await cards.of(GUEST, ["title-0004"])
    assert "title-0004" not in await cards.of(KID, ["title-0004"])
    assert "title-0004" in await cards.of(GUEST, ["title-0004"])


async def test_another_revision_of_the_catalogue_is_asked_anew():
    library, clock = FakeLibrary([card(number) for number in range(3)]), ManualClock()
    cards = Cards(library, clock, seconds=10)
    assert "title-0001" in await cards.of(GUEST, ["title-0001"])
    library.hidden.add("title-0001")
    later = replace(GUEST, revision=1)
    assert await cards.of(later, ["title-0001"]) == {}
    assert await cards.of(later, ["title-0001"]) == {}
    assert library.calls["cards"] == 2


async def test_a_hidden_title_is_gone_after_the_time_and_memory_is_bounded():
    library, clock = FakeLibrary([card(number) for number in range(50)]), ManualClock()
    cards = Cards(library, clock, seconds=10, most=20)
    await cards.of(GUEST, ["title-0001"])
    library.hidden.add("title-0001")
    clock.advance(10)
    assert await cards.of(GUEST, ["title-0001"]) == {}
    for number in range(50):
        await cards.of(GUEST, [f"title-{number:04d}"])
    assert len(cards) == 20
