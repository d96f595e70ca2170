import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.kit.calendar import months_after, zone_of

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Australia/Lord_Howe")
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(946_684_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(moments, st.integers(1, 240), zones)
def test_the_day_is_the_anchors_or_the_months_last(anchor, months, zone):
    local, moved = anchor.astimezone(zone), months_after(anchor, months, zone).astimezone(zone)
    last = calendar.monthrange(*divmod_month(local, months))[1]
    wanted = local.replace(
        year=divmod_month(local, months)[0], month=divmod_month(local, months)[1], day=min(local.day, last), fold=0
    )
    # Equal on the wall, or moved by the clocks' change that skipped it.
    assert timedelta(0) <= moved.replace(tzinfo=None) - wanted.replace(tzinfo=None) <= timedelta(days=1)


def divmod_month(local, months):
    years, month = divmod(local.month - 1 + months, 12)
    return local.year + years, month + 1


@given(moments, st.integers(0, 60), zones)
def test_periods_follow_each_other_without_gap_for_26_to_33_days(anchor, months, zone):
    length = months_after(anchor, months + 1, zone) - months_after(anchor, months, zone)
    assert timedelta(days=26) < length < timedelta(days=33)


def test_the_31st_comes_back_after_february():
    anchor = datetime(2027, 1, 31, 10, tzinfo=UTC)
    days = [months_after(anchor, number, ZoneInfo("UTC")).day for number in range(14)]
    assert days == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29]


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        # 02:30 does not exist on 28 March 2027 in Berlin: it is read as before the change.
        (datetime(2027, 2, 28, 1, 30, tzinfo=UTC), 1, datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        # 02:30 comes twice on 31 October 2027: the first one counts.
        (datetime(2027, 8, 31, 0, 30, tzinfo=UTC), 2, datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        # Noon stays noon when summer time begins.
        (datetime(2027, 3, 1, 11, tzinfo=UTC), 1, datetime(2027, 4, 1, 10, tzinfo=UTC)),
    ],
)
def test_changes_of_clocks(anchor, months, expected):
    assert months_after(anchor, months, ZoneInfo("Europe/Berlin")) == expected


@pytest.mark.parametrize("name", ["", "Nowhere/Land", "../etc/passwd", "\0", "a" * 5000])
def test_an_unknown_zone_is_utc(name):
    assert zone_of(name).key == "UTC"
