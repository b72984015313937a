"""Real tables of water quality load with nothing but a mapping of their columns, and what is wrong in them is told.

The files are public data of stations in China and of the State of Michigan (see shared/data/README.md).
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gis.faults import InputError
from layers.load import Inputs, load
from layers.project import LayerEntry, Project
from layers.words import KINDS, LEVELS

SHARED = Path(os.environ.get("HEADWATER_SHARED", Path(__file__).resolve().parent.parent.parent / "shared")) / "data"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data are not here")

CHINA, MICHIGAN = "B_china_water_quality", "A_region_michigan_south"


def loaded(path: str, **said: Any) -> Inputs:
    """A project of one file of the collection."""
    entry = LayerEntry(path=path, **{"kind": "samples", **said})
    project = Project(folder=SHARED, title="", as_of=date(2026, 1, 1), layer=(entry,))
    return load(project, kinds=KINDS, levels=LEVELS)


def counts(inputs: Inputs) -> tuple[int, int, int]:
    (record,) = inputs.inputs
    assert record["read"] == record["accepted"] + record["rejected"] == record["accepted"] + len(inputs.faults)
    return record["read"], record["accepted"], record["rejected"]


def told(inputs: Inputs, code: str) -> str:
    return " | ".join(str(note.get("found") or note.get("heading")) for note in inputs.notes if note["code"] == code)


def cells(path: str, *marks: str) -> int:
    """How many cells of a plain CSV hold one of the marks and nothing else."""
    lines = (SHARED / path).read_text("utf-8").splitlines()
    return sum(cell in marks for line in lines for cell in line.split(","))


def test_serial_numbers_and_no_names() -> None:
    path = f"{CHINA}/cnemc_2024-04_unnamed_sections.csv"
    inputs = loaded(path, make_id="row", columns={"sampled_on": "date_serial"})
    samples = inputs.frames["samples"]
    assert counts(inputs) == (1208, 1187, 21)
    assert {(fault.code, fault.column) for fault in inputs.faults} == {("VALUE_MISSING", "date_serial")}
    assert (samples["sampled_on"] == samples["date"]).all()
    assert "45393.0 = 2024-04-11" in told(inputs, "DATE_SERIAL")
    assert (samples["qualifier"] == "not_measured").sum() == cells(path, "--")


def test_a_time_without_a_year_beside_the_date_of_the_file() -> None:
    path = f"{CHINA}/cnemc_bth98_daily_2020-06_08.csv"
    inputs = loaded(path, columns={"section_id": "section", "sampled_on": "time_mmdd", "year": "file_date"})
    samples = inputs.frames["samples"]
    assert counts(inputs) == (9016, 5964, 3052)
    assert {fault.code for fault in inputs.faults} == {"VALUE_MISSING"}
    assert set(samples["sampled_on"].str[:7]) <= {"2020-05", "2020-06", "2020-07", "2020-08"}
    whole = loaded(path, columns={"section_id": "section", "sampled_on": "file_date", "time": "time_mmdd"})
    assert counts(whole) == (9016, 9016, 0)
    assert (whole.frames["samples"]["qualifier"] == "not_measured").sum() == cells(path, "--", "*")
    assert len(whole.frames["samples"]) == 9016 * 9


def test_rounded_values_beside_raw_ones() -> None:
    path = f"{CHINA}/cnemc_national_2020-05-08.csv"
    inputs = loaded(path, columns={"section_id": "section", "sampled_on": "time_mmdd", "year": "file_date"})
    samples = inputs.frames["samples"]
    assert counts(inputs) == (1901, 1901, 0)
    assert (samples["indicator"].nunique(), len(samples)) == (11, 1901 * 11)
    turbidity = samples[samples["indicator"] == "turbidity"]
    measured = turbidity[turbidity["qualifier"] == ""]
    assert (abs(measured["value"] - measured["turbidity_raw"].astype(float)) < 0.06).all()
    assert "SAMPLES_DIFFER" in {note["code"] for note in inputs.notes}


def test_repeated_rows_and_both_marks_for_nothing() -> None:
    path = f"{CHINA}/cnemc_sections_2021-04-01_03.csv"
    inputs = loaded(path, columns={"section_id": "section", "sampled_on": "time_mmdd"}, constants={"year": 2021})
    samples = inputs.frames["samples"]
    lines = (SHARED / path).read_text("utf-8-sig").splitlines()[1:]
    undated = {at for at, line in enumerate(lines, start=2) if line.split(",")[3] in ("--", "*", "")}
    first: dict[str, int] = {}
    repeated = {at for at, line in enumerate(lines, start=2) if first.setdefault(line, at) != at}
    assert {fault.row for fault in inputs.faults if fault.code == "VALUE_MISSING"} == undated
    assert {fault.row for fault in inputs.faults if fault.code == "SAMPLE_REPEATED"} == repeated - undated
    assert counts(inputs) == (27889, 27889 - len(undated | repeated), len(undated | repeated))
    assert len(repeated) > 2000
    good = samples[samples["qualifier"] == ""]
    assert good["value"].notna().all()
    assert samples.loc[samples["qualifier"] == "not_measured", "value"].isna().all()
    assert set(samples.loc[samples["qualifier"] == "not_measured", "raw"]) == {"--", "*"}
    (note,) = [one for one in inputs.notes if one["code"] == "VALUE_NOT_MEASURED"]
    assert "*" in note["marks"]
    assert "algae" in note["found"]


def test_year_and_month_and_units_in_the_headings() -> None:
    inputs = loaded(f"{CHINA}/taihu_lake_physicochem_2007_2012.csv", columns={"section_id": "观测站代码"})
    samples = inputs.frames["samples"]
    assert counts(inputs) == (576, 576, 0)
    assert "2007 = 2007-01" in told(inputs, "DATE_MONTH")
    assert "亚硝酸盐氮(μg/L)" in told(inputs, "UNIT_CONVERTED")
    first = samples[samples["source_row"] == 2].set_index("indicator")
    assert first.loc["nitrite", "value"] == pytest.approx(0.05442)
    assert first.loc["nh3n", "value"] == 3.2647
    assert first.loc["do", ["section_id", "sampled_on", "unit"]].tolist() == ["THL00", "2007-01", "mg/L"]
    assert len(samples) == 576 * 16
    assert "UNIT_ASSUMED" not in {note["code"] for note in inputs.notes}


def test_headings_with_units_in_gb18030() -> None:
    inputs = loaded("D_nasty/real_world/cnemc_guizhou_hunan_0402_gb18030.csv", constants={"year": 2021})
    read, accepted, _ = counts(inputs)
    assert read > accepted > 0
    assert {fault.code for fault in inputs.faults} <= {"VALUE_MISSING", "SAMPLE_REPEATED"}
    (note,) = [one for one in inputs.notes if one["code"] == "ENCODING_FOUND"]
    assert note["encoding"] == "gb18030"
    assert note["sample"] == "湖南省"
    assert "UNIT_ASSUMED" not in {one["code"] for one in inputs.notes}


def test_pfas_in_two_spellings_of_one_unit() -> None:
    inputs = loaded(
        f"{MICHIGAN}/surface_water_pfas_samples.csv", columns={"section_id": "SiteCode", "sampled_on": "CollectionDate"}
    )
    samples = inputs.frames["samples"]
    assert counts(inputs) == (1312, 1312, 0)
    assert told(inputs, "UNIT_CONVERTED") == "Unit = ng/L | Unit = ng/l"
    assert Counter(samples["unit"]) == {"mg/L": 34270}
    pfoa = samples[samples["indicator"] == "pfoa"].iloc[0]
    assert pfoa["value"] == float(f"{pfoa['raw']}e-6")
    assert "CAS335671_PFOAFlag" in samples.columns
    assert "CAS307244_PFHxAFlag" in told(inputs, "FLAGS_KEPT")
    assert samples["indicator"].nunique() == 35  # of 36 columns one is empty


def test_the_raw_answer_of_a_web_service_is_no_layer_and_refused() -> None:
    with pytest.raises(InputError) as caught:
        loaded(f"{CHINA}/cnemc_raw_api_2020-08-15.json")
    assert [fault.code for fault in caught.value.faults] == ["FILE_UNREADABLE"]


def test_sites_of_the_superfund_list_have_dates_of_either_century() -> None:
    inputs = None
    with pytest.raises(InputError) as caught:
        inputs = loaded(
            f"{MICHIGAN}/superfund_npl.csv",
            kind="remediation_sites",
            columns={"site_id": "EPA ID", "name": "Site Name", "deadline": "NPL Status"},
            constants={"status": "not_started"},
        )
    assert inputs is None
    rows = [fault for fault in caught.value.faults if fault.row]
    assert {fault.code for fault in rows} == {"DATE_AMBIGUOUS"}
    first = next(fault for fault in rows if fault.row == 2)
    assert (first.value, first.facts["readings"]) == ("03/31/89", "1989-03-31 / 2089-03-31")


def test_a_year_1012_is_told() -> None:
    inputs = loaded(
        f"{MICHIGAN}/protection_zones.gpkg",
        kind="protection_zones",
        columns={"valid_from": "approval_date", "name": "system_name"},
        values={"level": {"*": "1"}},
        date_order="mdy",
    )
    years = [fault.value for fault in inputs.faults if fault.code == "BAD_DATE" and fault.value.endswith("1012")]
    assert years == ["11/7/1012"] * 5
    assert "DATE_AMBIGUOUS" not in {fault.code for fault in inputs.faults}
    counts(inputs)
