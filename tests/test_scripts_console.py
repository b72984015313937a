"""scripts.console: what data say reaches a person as text, and never steers the terminal."""

from __future__ import annotations

import pytest

from gis.faults import Fault, InputError
from scripts.console import Console, WrongUse, answered, for_terminal

HOSTILE = "a\x1b]0;title\x07\x9b31m\r\u202eb\u2028\ud800c"
SEEN = "a·]0;title··31m··b··c"


def test_letters_that_steer_are_dots_and_all_others_stay() -> None:
    assert for_terminal(HOSTILE) == SEEN
    assert for_terminal("一\u3000二\n\t三 é") == "一\u3000二\n\t三 é"
    assert for_terminal("\x1b[31mred\x1b[0m\x1b[2J", colours=True) == "\x1b[31mred\x1b[0m·[2J"


def test_every_way_to_a_person_is_plain(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(as_json=False, lang="en", quiet=False, debug=False)
    console.say("", HOSTILE)
    console.warn("", HOSTILE)
    answered(WrongUse("", HOSTILE), console)
    answered(ValueError(HOSTILE), console)
    answered(InputError([Fault("FILE_MISSING", file=HOSTILE, facts={"found": HOSTILE})]), console)
    told = "".join(capsys.readouterr())
    assert told.count(SEEN) >= 5 and not set(told) & set("\x1b\x07\x9b\r\u202e\u2028\ud800")
