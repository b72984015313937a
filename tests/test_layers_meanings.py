"""What texts of a row mean: days and their faults, told in the words of their codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.dates import PLAIN, Calendar
from gis.faults import Fault
from layers.meanings import add_faults, judged_day, serial_notes


def test_an_ambiguous_day_proposes_its_readings() -> None:
    judged = judged_day("04/03/2024", PLAIN)
    assert judged.value is None
    fault = Fault(str(judged.code), value="04/03/2024", facts={**judged.facts, "also": ""})
    for language in ("zh", "en"):
        assert "2024-03-04 / 2024-04-03" in fault.proposal(language)


def test_serial_numbers_are_told_with_an_example() -> None:
    at_distinct, distinct = pd.factorize(np.array(["43069", "2017-11-30", None, "43069"], dtype=object))
    assert serial_notes("deadline", "期限", distinct, at_distinct, PLAIN) == [
        {"code": "DATE_SERIAL", "row": None, "column": "期限", "rows": "2", "found": "43069 = 2017-11-30"}
    ]
    (note,) = serial_notes("deadline", "", distinct, at_distinct, Calendar(1904))
    assert (note["column"], note["found"]) == ("deadline", "43069 = 2021-12-01")
    assert serial_notes("deadline", "期限", ["2017-11-30"], np.array([0]), PLAIN) == []


def test_a_row_with_two_faults_is_one_that_names_both() -> None:
    faults: dict[int, Fault] = {}
    for heading, text in (("期限", "04/03/2024"), ("销号时间", "2024-02-30")):
        judged = {1: judged_day(text, PLAIN)}
        add_faults(faults, judged, np.array([None, text], dtype=object), heading, np.array([2, 3]))
    (fault,) = faults.values()
    assert (fault.code, fault.row, fault.column) == ("DATE_AMBIGUOUS", 3, "期限")
    assert "销号时间: BAD_DATE “2024-02-30”" in fault.reason("en")
