"""In which encoding a text file is written: it is read once, a piece at a time."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from vault_core.api import Reason
from vault_core.errors import InvalidInput

PIECE = 1 << 20
_FOREIGN = (
    (
        b"PK\x03\x04",
        Reason("un classeur Excel ou OpenDocument", "an Excel or OpenDocument workbook"),
    ),
    (b"\xd0\xcf\x11\xe0", Reason("un ancien classeur Excel", "an old Excel workbook")),
    (b"%PDF", Reason("un PDF", "a PDF")),
    (b"\x1f\x8b", Reason("une archive gzip", "a gzip archive")),
    (b"7z\xbc\xaf", Reason("une archive 7-Zip", "a 7-Zip archive")),
)


def detect_encoding(source: BinaryIO) -> str:
    """Python's name of the encoding; `source` is at its beginning before and after.

    UTF-8 (with or without byte order mark) if every byte fits it, UTF-16 if it begins with that
    mark, else Windows-1252, what Excel writes in France. Raises InvalidInput for what is not
    text: NUL bytes, or the first bytes of a workbook, a PDF or an archive.
    """
    source.seek(0)
    head = source.read(4)
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise InvalidInput(
                Reason(
                    f"le fichier est {what.fr} : enregistrez-le au format CSV (UTF-8), puis "
                    "remettez celui-ci",
                    f"the file is {what}: export it as CSV (UTF-8), then deliver that",
                )
            )
    source.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    utf8 = _is_utf8(source)
    source.seek(0)
    if not utf8:
        return "cp1252"
    return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def _is_utf8(source: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    offset = 0
    while piece := source.read(PIECE):
        nul = piece.find(b"\0")
        if nul >= 0:
            raise InvalidInput(
                Reason(
                    f"le fichier n'est pas du texte (octet nul à la position {offset + nul}) : "
                    "enregistrez-le au format CSV",
                    f"the file is not text (a NUL byte at offset {offset + nul}): export it as CSV",
                )
            )
        offset += len(piece)
        try:
            if valid:
                decoder.decode(piece)
        except UnicodeDecodeError:
            valid = False
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return valid
