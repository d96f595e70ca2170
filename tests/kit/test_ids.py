"""Identifiers: unique, ordered by time, safe everywhere; and the ones that tests foretell."""

import re

from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.ids import RandomIds
from matinee.kit.paths import checked_key
from matinee.testing.clock import ManualClock
from matinee.testing.ids import CountingIds

FORM = re.compile(r"[0-9a-z]{22}")


def test_ids_have_one_form_and_do_not_repeat():
    ids = RandomIds()
    made = {ids.new() for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(FORM.fullmatch(one) and checked_key(one) for one in made)


@given(st.lists(st.floats(0.001, 1e6), min_size=1, max_size=20))
def test_later_ids_sort_later(steps):
    clock = ManualClock()
    ids = RandomIds(clock)
    made = []
    for step in steps:
        made.append(ids.new())
        clock.advance(step)
    assert made == sorted(made)


def test_ids_of_one_millisecond_share_their_first_ten_characters():
    ids = RandomIds(ManualClock())
    assert len({ids.new()[:10] for _ in range(100)}) == 1


def test_counted_ids_have_the_same_form_and_order():
    ids = CountingIds()
    made = [ids.new() for _ in range(200)]
    assert all(FORM.fullmatch(one) for one in made)
    assert made == sorted(set(made))
