"""Days: every spelling that is certain is read, every other one refused with what it could mean."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gis.dates import BAD, FIRST_YEAR, LAST_YEAR, Calendar, day, read_day

DAYS = st.dates(min_value=date(FIRST_YEAR, 1, 1), max_value=date(LAST_YEAR, 12, 31))
CHINESE = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    return f"{CHINESE[tens] if tens > 1 else ''}{'十' if tens else ''}{CHINESE[ones] if ones else ''}"


@given(when=DAYS)
def test_every_day_reads_back_in_every_spelling(when: date) -> None:
    iso = when.isoformat()
    year, month, dom = iso.split("-")
    written = "".join(CHINESE[int(digit)] for digit in year)
    for text in (
        iso,
        f"{year}/{month}/{dom}",
        f"{year}.{int(month)}.{int(dom)}",
        f"{year}年{int(month)}月{int(dom)}日",
        f"{written}年{chinese(when.month)}月{chinese(when.day)}日",
        year + month + dom,
        f"{iso} 23:59:59",
        f"{iso}T00:00:00+08:00",
        when.strftime("%d %B ") + year,
        when.strftime("%b %d, ") + year,
        f"{iso} {when:%A}",
        f"{year}年{int(month)}月{int(dom)}日星期{'一二三四五六日'[when.weekday()]}",
    ):
        assert day(text) == iso


@given(when=DAYS, sign=st.sampled_from("-/."))
def test_the_order_of_day_and_month_is_never_guessed(when: date, sign: str) -> None:
    american, european = (f"{when:{sign.join(order)}}{sign}{when.year}" for order in (("%m", "%d"), ("%d", "%m")))
    found = read_day(american), read_day(european)
    if when.day > 12 or when.day == when.month:
        assert {one.iso for one in found} == {when.isoformat()}
    else:
        assert {one.code for one in found} == {"DATE_AMBIGUOUS"}
        assert all(when.isoformat() in one.readings and len(one.readings) == 2 for one in found)


@given(when=st.dates(min_value=date(1950, 1, 1), max_value=date(2099, 12, 31)), epoch=st.sampled_from([1900, 1904]))
def test_serial_numbers_of_both_epochs(when: date, epoch: int) -> None:
    serial = (when - (date(1899, 12, 30) if epoch == 1900 else date(1904, 1, 1))).days
    assume(serial >= 10_000)
    found = read_day(f"{serial}.25", Calendar(epoch))
    assert (found.iso, found.serial, found.time) == (when.isoformat(), True, "06:00")


@given(when=DAYS)
def test_the_end_of_a_month_is_its_last_day(when: date) -> None:
    last = date.fromisoformat(day(f"{when.year}年{when.month}月底") or "")
    assert (last.year, last.month) == (when.year, when.month)
    assert (last + timedelta(days=1)).day == 1


@given(when=DAYS)
def test_a_weekday_that_contradicts_the_day_is_a_slip(when: date) -> None:
    other = "一二三四五六日"[(when.weekday() + 1) % 7]
    assert read_day(f"{when.year}年{when.month}月{when.day}日（星期{other}）") == BAD


@given(st.text(alphabet="0123456789-/.年月日底前 :TZ一二三十〇周,Nov"))
def test_no_text_is_an_error(text: str) -> None:
    found = read_day(text)
    assert (found.iso is None) == bool(found.code)


@pytest.mark.parametrize("text", ["1012-05-06", "1012年5月6日", "06/05/1012", "1799-12-31", "2201-01-01"])
def test_years_that_can_only_be_slips(text: str) -> None:
    assert read_day(text).code == "BAD_DATE"


def test_an_order_that_the_agency_states_decides_and_is_held_to() -> None:
    assert read_day("04/03/2024", Calendar(order="mdy")).iso == "2024-04-03"
    assert read_day("04/03/2024", Calendar(order="dmy")).iso == "2024-03-04"
    assert read_day("31/03/2024", Calendar(order="mdy")).code == "BAD_DATE"
    assert read_day("04/03/24", Calendar(order="dmy")).readings == ("1924-03-04", "2024-03-04")
    assert read_day("2024-03-04", Calendar(order="dmy")).iso == "2024-03-04"
