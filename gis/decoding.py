"""The bytes of a text document -> its text and encoding, also where the document was cut within a character."""

from __future__ import annotations

import codecs

from gis.tables import encoding_of

# What documents say they are written in, where Python's codec of that name reads less than what people write.
_WIDER = {"utf8": "utf-8", "gbk": "gb18030", "gb2312": "gb18030", "cp936": "gb18030"}


def decode_text(data: bytes, declared: str | None, stated: str = "utf-8") -> tuple[str, str]:
    """The text and its encoding: the one the project declares, else what the document itself states, UTF-8, GB18030.

    Many programs write GBK and state UTF-8, so that what a document states only counts where it fits. One cut within a
    character is no document in another encoding: its text ends before that character.
    Raises InputError: ENCODING_WRONG, ENCODING_UNKNOWN.
    """
    if declared is None:
        stated = _WIDER.get(stated.lower(), stated.lower())
        try:
            codec = codecs.getincrementaldecoder("utf-8-sig" if stated == "utf-8" else stated)("strict")
            return codec.decode(data, final=False), stated
        except (UnicodeDecodeError, LookupError):
            pass
    encoding = encoding_of(data, declared)
    return data.decode(encoding), "utf-8" if encoding == "utf-8-sig" else encoding
