"""When samples were taken, from one column or from several; nothing is made up."""

from __future__ import annotations

import numpy as np
import pytest

from layers.sample_days import day_of, days_of


@pytest.mark.parametrize(("cells", "iso", "time"), [
    (("2017-11-30", None, None, None, None), "2017-11-30", ""),
    (("2017-11-30 08:00", None, None, None, None), "2017-11-30", "08:00"),
    (("2017-11-30", None, None, None, "16:30"), "2017-11-30", "16:30"),
    (("2020-06-01", None, None, None, "06-01 08:00"), "2020-06-01", "08:00"),
    (("2020-06-01", None, None, None, "2020-06-01 08:00"), "2020-06-01", "08:00"),
    (("04-01 12:00", "2021", None, None, None), "2021-04-01", "12:00"),
    (("4月1日", "2021年", None, None, None), "2021-04-01", ""),
    (("06-01 08:00", "2020-06-02", None, None, None), "2020-06-01", "08:00"),
    (("12-31 20:00", "2021-01-01", None, None, None), "2020-12-31", "20:00"),
    (("01-01 00:00", "2020-12-31", None, None, None), "2021-01-01", "00:00"),
    (("02-29", "2021-03-01", None, None, None), "2020-02-29", ""),
    ((None, "2007", "1", None, None), "2007-01", ""),
    ((None, "2007年", "11月", "30日", None), "2007-11-30", ""),
    (("--", "2007", "1", "--", "--"), "2007-01", ""),
])  # fmt: skip
def test_days(cells: tuple[str | None, ...], iso: str, time: str) -> None:
    found = day_of(*cells)
    assert (found.iso, found.time, found.code) == (iso, time, "")


@pytest.mark.parametrize(("cells", "code"), [
    ((None, None, None, None, None), "VALUE_MISSING"),
    ((" ", None, None, None, None), "VALUE_MISSING"),
    (("--", None, None, None, None), "VALUE_MISSING"),
    ((None, "2007", None, None, None), "VALUE_MISSING"),
    (("04-01 12:00", None, None, None, None), "BAD_DATE"),
    (("02-30", "2021", None, None, None), "BAD_DATE"),
    (("13-01", "2021", None, None, None), "BAD_DATE"),
    (("04-01 12:00", "21", None, None, None), "BAD_DATE"),
    (("04-01 25:00", "2021", None, None, None), "BAD_DATE"),
    ((None, "2007", "13", None, None), "BAD_DATE"),
    ((None, "1012", "1", None, None), "BAD_DATE"),
    ((None, "2007", "2", "30", None), "BAD_DATE"),
    (("2017-11-30", None, None, None, "8点半"), "BAD_DATE"),
    (("2020-06-01", None, None, None, "06-02 08:00"), "BAD_DATE"),
    (("04/01", "2021", None, None, None), "BAD_DATE"),
    (("04/03/2021", None, None, None, None), "DATE_AMBIGUOUS"),
])  # fmt: skip
def test_what_says_no_day_is_a_fault(cells: tuple[str | None, ...], code: str) -> None:
    found = day_of(*cells)
    assert (found.iso, found.code) == (None, code)


def test_rows_are_told_apart() -> None:
    found = days_of({"sampled_on": np.array(["43069", None, "2017-11-30"], dtype=object)})
    assert found.iso.tolist() == ["2017-11-30", None, "2017-11-30"]
    assert found.serials == [0]
    assert {at: one.code for at, one in found.judged.items()} == {1: "VALUE_MISSING"}
    monthly = days_of({"year": np.array(["2007"], dtype=object), "month": np.array(["2"], dtype=object)})
    assert (monthly.iso.tolist(), monthly.months) == (["2007-02"], [0])
