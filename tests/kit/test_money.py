from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.money import display, share, tax_inside, tax_on_top

amounts = st.integers(-(10**9), 10**9)


@given(amounts, st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_share_is_the_nearest_and_its_reversal_the_same(amount, part, whole):
    got = share(amount, part, whole)
    assert abs(got * whole - amount * part) * 2 <= whole
    assert share(-amount, part, whole) == -got


@given(st.integers(0, 10**9), st.integers(0, 10_000))
def test_tax_inside_and_on_top_agree_to_a_cent(net, rate):
    tax = tax_on_top(net, rate)
    assert 0 <= tax <= net + 1
    assert abs(tax_inside(net + tax, rate) - tax) <= 1


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=12))
def test_shares_by_running_sums_lose_nothing(amount, parts):
    whole = sum(parts) or 1
    done, total = 0, 0
    for part in parts:
        total += share(amount, done + part, whole) - share(amount, done, whole)
        done += part
    assert total == (amount if done else 0)


def test_amounts_for_people():
    shown = [display(1299, "EUR"), display(-5, "USD"), display(500, "JPY"), display(1234, "KWD"), display(0, "EUR")]
    assert shown == ["12.99 EUR", "-0.05 USD", "500 JPY", "1.234 KWD", "0.00 EUR"]
