"""What a spelling of a coordinate means, and which ones nobody can read for certain."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.coordinates import DEGREE_METRES, pair, spelled

LAT = 26 + 35 / 60 + 40 / 3600  # 26°35′40″
LAT_5 = 26 + 35 / 60 + 40.5 / 3600
LON = 104 + 49 / 60 + 30 / 3600  # 104°49′30″
SECOND, MINUTE = 1 / 3600, 1 / 60

# spelling, degrees or metres, what the last digit is worth
READ = [
    # decimal
    ("104.8306", 104.8306, 1e-4), ("26.59", 26.59, 1e-2), ("104", 104, 1), ("-84.5", -84.5, 1e-1),
    ("+104.83", 104.83, 1e-2), ("−84.5", -84.5, 1e-1), ("－84.5", -84.5, 1e-1), ("–84.50", -84.5, 1e-2),
    (" 104.83 ", 104.83, 1e-2), ("\u3000104.83\u00a0", 104.83, 1e-2), ("１０４．８３", 104.83, 1e-2),
    ("104.83°", 104.83, 1e-2), ("104.83º", 104.83, 1e-2), ("104.83度", 104.83, 1e-2), ("104.83 °", 104.83, 1e-2),
    ("１０４．８３°", 104.83, 1e-2), ("104.83deg", 104.83, 1e-2), ("104.83 degrees", 104.83, 1e-2),
    ("26. 59", 26.59, 1e-2), ("26 .59", 26.59, 1e-2), (".5", 0.5, 1e-1), ("5.", 5, 1),
    ("1.048306e2", 104.8306, 1e-4), ("1.0483E+02", 104.83, 1e-2), ("\ufeff104.83\u200b", 104.83, 1e-2),
    ("104。8306", 104.8306, 1e-4),
    # a decimal comma where it can be nothing else
    ("104,8306", 104.8306, 1e-4), ("26,594444", 26.594444, 1e-6), ("104,83°", 104.83, 1e-2),
    ("104，8306", 104.8306, 1e-4), ("E104,83", 104.83, 1e-2), ("-84,5877", -84.5877, 1e-4),
    # hemispheres
    ("104.83E", 104.83, 1e-2), ("E104.83", 104.83, 1e-2), ("e104.83", 104.83, 1e-2), ("104.83 E", 104.83, 1e-2),
    ("104.83°E", 104.83, 1e-2), ("E:104.83", 104.83, 1e-2), ("E：104.83", 104.83, 1e-2), ("26.59N", 26.59, 1e-2),
    ("N26.59°", 26.59, 1e-2), ("26.59S", -26.59, 1e-2), ("W84.5", -84.5, 1e-1), ("84.5°W", -84.5, 1e-1),
    ("84.5 west", -84.5, 1e-1), ("East 104.83", 104.83, 1e-2), ("26.59 north", 26.59, 1e-2),
    ("south 26.59", -26.59, 1e-2), ("东经104.83", 104.83, 1e-2), ("北纬26.59", 26.59, 1e-2),
    ("东经104.83度", 104.83, 1e-2), ("北纬26.59°", 26.59, 1e-2), ("南纬26.59", -26.59, 1e-2), ("西经84.5", -84.5, 1e-1),
    ("東經104.83", 104.83, 1e-2), ("北緯26.59", 26.59, 1e-2), ("Ｎ２６．５９", 26.59, 1e-2), ("东104.83", 104.83, 1e-2),
    ("经度104.83", 104.83, 1e-2), ("经度：104.83", 104.83, 1e-2), ("纬度: 26.59", 26.59, 1e-2),
    ("lon=104.83", 104.83, 1e-2), ("Latitude: 26.59", 26.59, 1e-2), ("+26.59N", 26.59, 1e-2),
    # degrees, minutes, seconds
    ("26°35′40″", LAT, SECOND), ("26°35′40″N", LAT, SECOND), ("N26°35′40″", LAT, SECOND),
    ("北纬26°35′40″", LAT, SECOND), ("26°35'40\"", LAT, SECOND), ("26°35'40''", LAT, SECOND),
    ("26°35’40”", LAT, SECOND), ("26°35‘40“", LAT, SECOND), ("26°35′40′′", LAT, SECOND), ("26º35´40´´", LAT, SECOND),
    ("26°35＇40＂", LAT, SECOND), ("26° 35′ 40″", LAT, SECOND), ("26 ° 35 ′ 40 ″ N", LAT, SECOND),
    ("26°35′40", LAT, SECOND), ("26°35'40", LAT, SECOND), ("２６°３５′４０″", LAT, SECOND),
    ("26度35分40秒", LAT, SECOND), ("北纬26度35分40秒", LAT, SECOND), ("26度35分40", LAT, SECOND),
    ("南纬26°35′40″", -LAT, SECOND), ("26°35′40″S", -LAT, SECOND), ("-26°35′40″", -LAT, SECOND),
    ("26°35'40.5\"", LAT_5, SECOND / 10), ("26°35'40.5", LAT_5, SECOND / 10), ("26°35′40.50″N", LAT_5, SECOND / 100),
    ("26°35′40″.5", LAT_5, SECOND / 10), ("26°35′40,5″", LAT_5, SECOND / 10), ("26度35分40.5秒", LAT_5, SECOND / 10),
    ("104°49′30″", LON, SECOND), ("E104°49′30″", LON, SECOND), ("104°49′30″E", LON, SECOND),
    ("东经104°49′30″", LON, SECOND), ("104度49分30秒", LON, SECOND), ("东经：104°49′30″", LON, SECOND),
    ("104°49′30″W", -LON, SECOND), ("104°49'30.0\"E", LON, SECOND / 10), ("经度:104°49′30″", LON, SECOND),
    ("26°5′4″", 26 + 5 / 60 + 4 / 3600, SECOND), ("26°05′04″", 26 + 5 / 60 + 4 / 3600, SECOND),
    ("0°0′30″", 30 / 3600, SECOND), ("180°0′0″", 180, SECOND), ("26°59′59.999″", 26 + 59 / 60 + 59.999 / 3600, SECOND / 1000),
    # degrees and minutes
    ("26°35′", 26 + 35 / 60, MINUTE), ("E104°49'", 104 + 49 / 60, MINUTE), ("104°49.5′", LON, MINUTE / 10),
    ("104°49.500'E", LON, MINUTE / 1000), ("26度35分", 26 + 35 / 60, MINUTE), ("104°49,5′", LON, MINUTE / 10),
    ("26°35", 26 + 35 / 60, MINUTE), ("N26 35", 26 + 35 / 60, MINUTE), ("E104 49.5", LON, MINUTE / 10),
    ("104 49.5 E", LON, MINUTE / 10), ("N26-35", 26 + 35 / 60, MINUTE),
    # separated
    ("26.35.40", LAT, SECOND), ("26.35.40.5", LAT_5, SECOND / 10), ("104.49.30", LON, SECOND),
    ("104.49.30.00", LON, SECOND / 100), ("N26.35.40", LAT, SECOND), ("104-49-30", LON, SECOND),
    ("104-49-30.0", LON, SECOND / 10), ("26-35-40.5", LAT_5, SECOND / 10), ("26:35:40", LAT, SECOND),
    ("26:35:40.5", LAT_5, SECOND / 10), ("26 35 40", LAT, SECOND), ("N26 35 40", LAT, SECOND),
    ("26 35 40.5 N", LAT_5, SECOND / 10), ("26－35－40", LAT, SECOND), ("104—49—30", LON, SECOND),
    ("E 104 49 30", LON, SECOND), ("26 35 40 S", -LAT, SECOND),
    # metres
    ("567890.12", 567890.12, 1e-2), ("35567890.12", 35567890.12, 1e-2), ("2945678", 2945678, 1),
    ("2,945,678.5", 2945678.5, 1e-1), ("567,890.12", 567890.12, 1e-2), ("2 945 678.5", 2945678.5, 1e-1),
    ("567890.12m", 567890.12, 1e-2), ("567890.12 米", 567890.12, 1e-2), ("2.95E+06", 2950000, 1e4),
]  # fmt: skip

UNREADABLE = [
    "", " ", "-", "/", "无", "NaN", "nan", "Infinity", "inf", "-inf", "1e400", "#N/A", "104,83", "26,59", "104,830",
    "1,234", "1 2", "104 83", "26 59", "26 35", "104.83.1", "26.5.4", "1.2.3", "26.35.4", "26.35.4.5", "192.168.1.1",
    "26°60′", "26°35′60″", "26°75′40″", "104-60-30", "104-49-60", "26.35.60", "26:61:40", "26°-35′", "181°0′0″",
    "200°10′", "26.5°35′", "26°35.5′40″", "26°35.40", "26°40″", "26'35\"", "35′40″", "N", "E", "°", "N26.5S",
    "NN26.5", "-26.5N", "-26.5S", "-104°49′30″E", "190E", "26.59N104.83", "26°35′40″N 104°49′30″E", "104.83,26.59",
    "2017-11-30", "2017/11/30", "2017年11月30日", "N263540", "E1044930", "26°35′40″40", "26°35′40″ 5", "北京", "26.5x",
    "约26.5", "26.5±0.1", "26.5~26.6", "0x1A", "1_000", "26..5", "26.5.", "--26.5", "26-35", "26:35", "26,35,40",
    "26;35;40", "经度纬度", "N26.5 lon", "lon N26.5", "经度26.5N", "①26.5", "26½", "10²", "\ud800", "N\n26\n35\n40\n5",
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "digit"), READ)
def test_a_spelling_is_read(text: str, value: float, digit: float) -> None:
    found = spelled(text)
    assert found is not None
    assert found.value == pytest.approx(value, abs=1e-11, rel=0)
    assert found.digit == pytest.approx(digit)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_not_certain_is_not_read(text: str) -> None:
    assert spelled(text) is None


def test_enough_spellings_are_held() -> None:
    assert len({text for text, _, _ in READ}) >= 120
    assert len(set(UNREADABLE)) >= 60


@pytest.mark.parametrize("text", ["N26.5", "26.5S", "北纬26°35′40″", "纬度:26.5", "lat=26.5"])
def test_a_hemisphere_of_the_other_axis_is_refused(text: str) -> None:
    assert spelled(text, "lat") is not None
    assert spelled(text, "lon") is None
    assert spelled(text.translate(str.maketrans("NS北纬", "EW东经")).replace("lat", "lon"), "lat") is None


@pytest.mark.parametrize(
    ("text", "metres"),
    [("26°35′40″", 31), ("26°35′40.5″", 3.1), ("26°35′", 1855), ("26.59", 1113), ("26.5944", 11), ("26.594444", 0.11)],
)
def test_digits_say_how_accurate_a_position_can_be(text: str, metres: float) -> None:
    found = spelled(text)
    assert found is not None
    assert found.digit * DEGREE_METRES == pytest.approx(metres, rel=0.02)


@given(
    st.floats(-179.9, 179.9),
    st.integers(0, 4),
    st.sampled_from(["{d}°{m:02d}′{s}″", "{d}度{m}分{s}秒", "{d}.{m:02d}.{s}", "{d}-{m:02d}-{s}", "{d} {m} {s}"]),
)
def test_what_is_spelled_is_read_back(value: float, decimals: int, form: str) -> None:
    whole = round(abs(value) * 3600, decimals)
    degrees, minutes = int(whole // 3600), int(whole % 3600 // 60)
    seconds = f"{whole - degrees * 3600 - minutes * 60:0{2 + (decimals and decimals + 1)}.{decimals}f}"
    if float(seconds) >= 60:
        return
    side = "W" if value < 0 else "E"
    found = spelled(form.format(d=degrees, m=minutes, s=seconds) + side)
    assert found is not None
    assert found.value == pytest.approx(math.copysign(whole / 3600, value), abs=1e-9)
    assert found.digit == pytest.approx(10.0**-decimals / 3600)


@given(st.text("0123456789.-+,;: °′″'\"NSEW度分秒东西南北经纬eE/()", max_size=14))
def test_nothing_is_read_that_no_earth_has(text: str) -> None:
    found = spelled(text)
    if found is not None:
        assert math.isfinite(found.value)
        assert found.digit > 0
        assert not found.angle or abs(found.value) <= 180
        # At most one decimal mark and one sign can be in what was read; digits are never invented.
        assert any(character.isdigit() for character in text)


PAIRS = [
    ("104.83,26.59", (104.83, 26.59)), ("104.83, 26.59", (104.83, 26.59)), ("104.83，26.59", (104.83, 26.59)),
    ("104.83;26.59", (104.83, 26.59)), ("104.83；26.59", (104.83, 26.59)), ("104.83 26.59", (104.83, 26.59)),
    ("104.83\t26.59", (104.83, 26.59)), ("104.83\n26.59", (104.83, 26.59)), ("104.83、26.59", (104.83, 26.59)),
    ("(104.83, 26.59)", (104.83, 26.59)), ("（104.83，26.59）", (104.83, 26.59)), ("[104.83,26.59]", (104.83, 26.59)),
    ("POINT (104.83 26.59)", (104.83, 26.59)), ("104.83/26.59", (104.83, 26.59)), ("104.83|26.59", (104.83, 26.59)),
    ("104,8306;26,5912", (104.8306, 26.5912)), ("104,8306 26,5912", (104.8306, 26.5912)),
    ("26.59N,104.83E", (26.59, 104.83)), ("N26.59E104.83", (26.59, 104.83)), ("26.59N104.83E", (26.59, 104.83)),
    ("东经104°49′30″，北纬26°35′40″", (LON, LAT)), ("东经104°49′30″北纬26°35′40″", (LON, LAT)),
    ("东经104°49′30″、北纬26°35′40″", (LON, LAT)), ("东经104度49分30秒，北纬26度35分40秒", (LON, LAT)),
    ("N26°35′40″ E104°49′30″", (LAT, LON)), ("N26°35′40″E104°49′30″", (LAT, LON)), ("26°35′40″N104°49′30″E", (LAT, LON)),
    ("26° 35′ 40″ N, 104° 49′ 30″ E", (LAT, LON)), ("E104°49′30″ N26°35′40″", (LON, LAT)),
    ("104°49′30″,26°35′40″", (LON, LAT)), ("104-49-30,26-35-40", (LON, LAT)), ("104 49 30 26 35 40", (LON, LAT)),
    ("E:104°49′30″；N:26°35′40″", (LON, LAT)), ("经度104.83 纬度26.59", (104.83, 26.59)), ("经度:104.83,纬度:26.59", (104.83, 26.59)),
    ("35567890.12,2945678.9", (35567890.12, 2945678.9)), ("X=2945678", None), ("104.83", None), ("", None),
    ("104,83,26,59", None), ("104.83,26.59,1200", None), ("E104.83,E26.59", None), ("N26.59,N104.83", None),
    ("1,2,3,4", None), ("104.83,", None), ("104.1,26.1;104.2,26.2", None), ("26 35 104 49", None),
    ("E104°60′,N26°35′", None), ("六盘水市", None), ("104.83,无", None), ("2945678.1,567,890.2", (2945678.1, 567890.2)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "values"), PAIRS)
def test_two_coordinates_in_one_cell(text: str, values: tuple[float, float] | None) -> None:
    found = pair(text)
    assert (None if found is None else tuple(one.value for one in found)) == (
        None if values is None else pytest.approx(values, abs=1e-11, rel=0)
    )


def test_one_hemisphere_says_both_axes() -> None:
    found = pair("26.59, 104.83E")
    assert found is not None
    assert [one.axis for one in found] == ["lat", "lon"]
