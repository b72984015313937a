"""The words that stand in the cells of a spreadsheet where a formula has no value; a row that holds one is refused."""

from __future__ import annotations

# Our word for a formula whose value the file does not keep: programs write such files, and Excel would work it out.
NOT_CALCULATED = "#NOT-CALCULATED!"
# In a CSV saved from a spreadsheet they are text.
ERROR_WORDS = frozenset(
    {"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
    | {NOT_CALCULATED}
)
