"""Texts of documents: what they say of their encoding counts where it fits, a cut character is a cut document."""

from __future__ import annotations

import pytest

from gis.decoding import decode_text
from gis.faults import InputError
from gis.tables import encoding_of

TEXT = "饮用水水源保护区、污水处理厂"


@pytest.mark.parametrize(
    ("encoding", "stated", "found"),
    [
        ("utf-8", "utf-8", "utf-8"),
        ("utf-8-sig", "UTF8", "utf-8"),
        ("gb18030", "utf-8", "gb18030"),
        ("gbk", "GBK", "gb18030"),
        ("gb2312", "gb2312", "gb18030"),
        ("utf-16", "utf-8", "utf-16"),
        ("big5", "big5", "big5"),
        ("gb18030", "no such encoding", "gb18030"),
    ],
)
def test_the_encoding_is_the_one_that_fits(encoding: str, stated: str, found: str) -> None:
    text = "水污染" if encoding == "big5" else TEXT
    assert decode_text(text.encode(encoding), None, stated) == (text, found)


def test_a_document_cut_within_a_character_keeps_its_encoding() -> None:
    for left_out in (1, 2):
        assert decode_text(TEXT.encode()[:-left_out], None) == (TEXT[:-1], "utf-8")


def test_a_declared_encoding_must_fit() -> None:
    assert decode_text(TEXT.encode("gb18030"), "gb18030")[0] == TEXT
    for declared in ("utf-8", "nothing"):
        with pytest.raises(InputError, match="ENCODING_WRONG"):
            decode_text(TEXT.encode("gb18030"), declared)
    with pytest.raises(InputError, match="ENCODING_UNKNOWN"):
        decode_text(b"\xff\xfe\xfd" * 3, None)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_cut_within_a_character_is_a_cut_table(encoding: str) -> None:
    with pytest.raises(InputError, match="> 1 rows announced, 1 could be read") as caught:
        encoding_of(f"名称\n{TEXT}".encode(encoding)[:-1])
    assert [fault.code for fault in caught.value.faults] == ["FILE_TRUNCATED"]
