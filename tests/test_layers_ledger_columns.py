"""The columns of the ledger's workbook: told apart by their headings, and known to the layer they come from."""

from __future__ import annotations

import pytest

from layers.layer import headings_of, key_of_heading
from layers.ledger_columns import (
    BASELINE_COLUMNS,
    COLUMNS,
    EDITABLE,
    LEDGER_COLUMNS,
    code_of_heading,
    headings,
)
from layers.project import LayerEntry
from layers.remediation_sites import LAYER

ENTRY = LayerEntry(kind="remediation_sites", path="ledger.xlsx")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_heading_names_one_column(language: str) -> None:
    told = headings(language)
    assert len({key_of_heading(name) for name in told.values()}) == len(LEDGER_COLUMNS) == len(COLUMNS)
    assert [code_of_heading(name) for name in told.values()] == list(told)


def test_both_languages_together_name_no_column_twice() -> None:
    names = [name.lower() for language in ("zh", "en") for name in headings(language).values()]
    assert len(names) == len(set(names))


def test_a_heading_is_known_whatever_its_blanks_and_case() -> None:
    assert code_of_heading("  Extended   TO ") == "extended_to"
    assert code_of_heading("延期") is None


def test_what_is_edited_says_what_it_becomes() -> None:
    assert {COLUMNS[code].event for code in EDITABLE} == {
        "status", "extension", "acceptance", "sign_off", "reinspection",
    }  # fmt: skip
    assert not {"site_id", "revision", "layer", "result", "lacking", "deadline"} & set(EDITABLE)
    assert BASELINE_COLUMNS[:3] == ("layer", "site_id", "revision")
    assert all(COLUMNS[code].hint for code in EDITABLE)


def test_words_to_choose_from_belong_to_columns_of_words() -> None:
    assert {column.code for column in LEDGER_COLUMNS if column.words} == {
        column.code for column in LEDGER_COLUMNS if column.kind == "word"
    }
    assert all(column.editable for column in LEDGER_COLUMNS if column.words)


def test_the_workbook_is_known_when_it_is_given_as_the_offices_own_table() -> None:
    found = headings_of(list(headings("zh").values()), LAYER.columns, ENTRY, LAYER.id_column)
    # 进展情况 is a spelling of the status, too, but here a column of its own stands for it.
    told = {ours: code_of_heading(heading) for ours, heading in found.items()}
    assert told == {**{ours: ours for ours in told}, "source_id": "source_id"}
    assert {"site_id", "name", "problem", "status", "deadline", "responsible_unit", "evidence"} <= set(told)
