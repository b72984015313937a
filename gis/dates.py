"""Calendar days out of the text that people write: one day, or why it is none that is certain.

A day is the one that is written: a zone (`Z`, `+08`) behind a time shifts nothing. Of 04/03/2024 nobody can say which
number is the month, so both readings are told; 30/11/2017 and 03/31/2024 have one. A year of two digits may be of
either century. A month without a day is no day, but its end (底, 末, `end of`) is one. Words that only say `by` (前,
之前) change nothing, as a term ends with its day.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from gis.values import narrow

# A date outside these years is a slip of the pen (a real file has the year 1012).
FIRST_YEAR, LAST_YEAR = 1800, 2200
# A spreadsheet's number is taken for a day between these: other numbers are no days but something else.
_FIRST_SERIAL, _LAST_SERIAL = date(1950, 1, 1), date(2100, 1, 1)
_DAY_ZERO = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
_CENTURIES = (1900, 2000)


class Day(NamedTuple):
    """What a text says: the day in ISO 8601, or the code of the fault; every reading of an ambiguous one.

    `serial`: it was a spreadsheet's number of days. `time`: the time of day, HH:MM, '' where none is written.
    """

    iso: str | None
    code: str = ""
    readings: tuple[str, ...] = ()
    serial: bool = False
    time: str = ""


class Calendar(NamedTuple):
    """How a file writes days, where that is known: the year from which a spreadsheet counts, the order of numbers.

    `order`: `dmy` or `mdy`, only where the agency says so; None: a date with two readings is none.
    """

    epoch: int = 1900
    order: str | None = None


PLAIN = Calendar()
BAD = Day(None, "BAD_DATE")
_MONTHS = {
    name: at
    for at, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_WORD = "(?P<word>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR, _DOM, _REST = r"(?P<year>\d{4}|\d\d)", r"(?P<dom>\d{1,2})", r"(?P<rest>(?:\D.*)?)"
# The three numbers of a date in an order that is certain once the year is.
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})(?P<mark>[-/.])\s?(?P<month>\d{{1,2}})(?P=mark)\s?{_DOM}{_REST}",
        rf"{_YEAR}\s*年\s*(?P<month>\d{{1,2}})\s*月\s*{_DOM}\s*(?:[日号]|$)(?P<rest>.*)",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<dom>\d\d)(?P<rest>(?:[T\s].*|\d{6})?)",
        rf"(?P<year>\d{{4}})[-/ .]\s?{_WORD}[-/ .]\s?{_DOM}{_REST}",
        rf"{_DOM}(?:st|nd|rd|th)?[-/. ]*{_WORD}[-/, ]*{_YEAR}{_REST}",
        rf"{_WORD}[-/ ]*{_DOM}(?:st|nd|rd|th)?[-/, ]+{_YEAR}{_REST}",
    )
)
_NUMBERS = re.compile(rf"(\d{{1,2}})([-/.])\s?(\d{{1,2}})\2\s?(\d{{4}}|\d\d){_REST}", re.ASCII)
_ENDS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"(?P<year>\d{4})(?:\s*年\s*|[-/.])(?P<month>\d{1,2})\s*月?\s*(?:底|末)",
        r"(?P<year>\d{4})\s*年?\s*年?(?:底|末)",
        rf"(?:the\s+)?end(?:\s+of)?\s+(?:{_WORD},?\s+)?(?P<year>\d{{4}})",
    )
)
_SERIAL = re.compile(r"(\d{5})(\.\d+)?", re.ASCII)
_BY = re.compile(r"(?:之前|以前|前)$")
_WEEKDAY = re.compile(
    r"\(?(?:星期|周|礼拜)([一二三四五六日天])\)?|"
    r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[,.]?",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"[T,]?\s*(?P<half>上午|下午|am|pm)?\s*(?P<hour>\d{1,2})(?:[:时点](?:(?P<minute>\d{1,2})(?:[:分](?:(?P<second>\d{1,2})"
    r"(?:[.,]\d+)?秒?)?)?)?)\s*(?P<later>am|pm)?\s*(?:Z|GMT|UTC|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE | re.ASCII,
)
_COMPACT = re.compile(r"T?(\d\d)(\d\d)(?:(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE = re.compile(
    r"(?P<year>[〇零○一二三四五六七八九]{4}|\d{4})\s*年(?:(?P<month>元|[一二三四五六七八九十]{1,2}|\d{1,2})\s*月"
    r"(?:(?P<dom>[一二三四五六七八九十廿卅]{1,3}|\d{1,2})(?P<sign>[日号]))?)?(?P<rest>.*)"
)


def day(text: str) -> str | None:
    """The calendar day `text` spells as ISO text, or None where it is ambiguous or impossible.

    >>> day("2017年11月30日"), day("2017/11/30 08:00"), day("二〇一七年十一月底前"), day("04/03/2024")
    ('2017-11-30', '2017-11-30', '2017-11-30', None)
    """
    return read_day(text).iso


@lru_cache(maxsize=1 << 14)
def read_day(text: str, calendar: Calendar = PLAIN) -> Day:
    """The day that `text` spells, or the fault BAD_DATE or DATE_AMBIGUOUS with its readings.

    A number of five digits is a spreadsheet's count of days.

    >>> read_day("04/03/2024").readings, read_day("43069.5")
    (('2024-03-04', '2024-04-03'), Day(iso='2017-11-30', code='', readings=(), serial=True, time='12:00'))
    """
    plain = _BY.sub("", _in_digits(narrow(text))).strip()
    weekday = _WEEKDAY.search(plain)
    if weekday is not None:
        plain = (plain[: weekday.start()] + " " + plain[weekday.end() :]).strip()
    found = (
        _serial(plain, calendar.epoch) or _spelled(plain) or _end(plain) or _three_numbers(plain, calendar.order) or BAD
    )
    if weekday is not None and found.iso is not None and not _is_weekday(found.iso, weekday):
        return BAD
    return found


def _in_digits(text: str) -> str:
    """A date in Chinese numerals with their digits; other texts as they are."""
    found = _CHINESE.fullmatch(text)
    if found is None or not re.search("[〇零○一二三四五六七八九十元廿卅]", text):
        return text
    parts = [found["year"].translate(_DIGITS), "年"]
    if found["month"]:
        parts += ["1" if found["month"] == "元" else _below_hundred(found["month"]), "月"]
    if found["dom"]:
        parts += [_below_hundred(found["dom"]), found["sign"]]
    return "".join([*parts, found["rest"]])


def _below_hundred(numeral: str) -> str:
    """十一 as 11, 三十 as 30, 廿一 as 21; what is no numeral below a hundred as 0, which is no day."""
    if numeral.isdecimal():
        return numeral
    plain = numeral.replace("廿", "二十").replace("卅", "三十")
    found = re.fullmatch("([一二三四五六七八九]?)(十?)([一二三四五六七八九]?)", plain)
    if found is None or (found[1] and found[3] and not found[2]):
        return "0"
    tens = (found[1].translate(_DIGITS) or "1") if found[2] else ""
    ones = found[3] if found[2] else found[1] + found[3]
    return f"{tens}{ones.translate(_DIGITS) or '0'}"


def _serial(text: str, epoch: int) -> Day | None:
    found = _SERIAL.fullmatch(text)
    if found is None:
        return None
    when = _DAY_ZERO[epoch] + timedelta(days=int(found[1]))
    if not _FIRST_SERIAL <= when <= _LAST_SERIAL:
        return BAD
    minutes = round(float(found[2] or 0) * 24 * 60)
    written = f"{minutes // 60:02d}:{minutes % 60:02d}" if 0 < minutes < 24 * 60 else ""
    return Day(when.isoformat(), serial=True, time=written)


def _spelled(text: str) -> Day | None:
    """The day of a spelling that says what is the month; None where it is no such spelling."""
    found = next((found for pattern in _SPELLINGS if (found := pattern.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    month = _MONTHS[parts["word"].lower()] if parts.get("word") else int(parts["month"])
    time = time_of_day(parts["rest"])
    if time is None:
        return BAD
    return _certain([(year, month, int(parts["dom"])) for year in _years(parts["year"])], time)


def _three_numbers(text: str, order: str | None) -> Day | None:
    """The day of two numbers and a year, or of three numbers of two digits, in the order said or every one in use."""
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return None
    time = time_of_day(found["rest"])
    if time is None:
        return BAD
    one, other, last = int(found[1]), int(found[3]), found[4]
    in_use = {"dmy": [(other, one)], "mdy": [(one, other)]}.get(order or "", [(other, one), (one, other)])
    orders = [(year, month, dom) for year in _years(last) for month, dom in in_use]
    if order is None and len(last) == 2 and len(found[1]) == 2:
        orders += [(year, other, int(last)) for year in _years(found[1])]
    return _certain(orders, time)


def _years(text: str) -> list[int]:
    return [int(text)] if len(text) == 4 else [century + int(text) for century in _CENTURIES]


def _certain(orders: Iterable[tuple[int, int, int]], time: str) -> Day:
    """The one day among year, month, day in several orders; a fault where there is none or more than one."""
    days = sorted({iso for order in orders if (iso := _iso(*order)) is not None})
    if len(days) == 1:
        return Day(days[0], time=time)
    return Day(None, "DATE_AMBIGUOUS", tuple(days)) if days else BAD


def _iso(year: int, month: int, dom: int) -> str | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, dom).isoformat()
    except ValueError:
        return None


def _end(text: str) -> Day | None:
    """The last day of a month or year that is named with 底, 末 or `end of`."""
    found = next((found for pattern in _ENDS if (found := pattern.fullmatch(text))), None)
    if found is None:
        return None
    parts = found.groupdict()
    year = int(parts["year"])
    month = _MONTHS[parts["word"].lower()] if parts.get("word") else int(parts.get("month") or 12)
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        return BAD
    return Day(date(year, month, calendar.monthrange(year, month)[1]).isoformat())


def time_of_day(text: str) -> str | None:
    """The time HH:MM, '' where there is none, None where the text is no time of day."""
    plain = text.strip()
    if not plain:
        return ""
    if (compact := _COMPACT.fullmatch(plain)) is not None:
        hour, minute, second, half = int(compact[1]), int(compact[2]), int(compact[3] or 0), ""
    elif (found := _TIME.fullmatch(plain)) is not None:
        hour, minute, second = int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0)
        half = {"上午": "am", "下午": "pm"}.get(found["half"] or "", (found["half"] or found["later"] or "").lower())
    else:
        return None
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    return f"{hour:02d}:{minute:02d}"


def _is_weekday(iso: str, named: re.Match[str]) -> bool:
    at = "一二三四五六日".find((named[1] or "").replace("天", "日")) if named[1] else (
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(named[2][:3].lower())
    )  # fmt: skip
    return date.fromisoformat(iso).weekday() == at
