"""What type a document is of: by its name where that says it, else by its first bytes."""

from __future__ import annotations

import mimetypes
import re
import threading
from functools import lru_cache
from typing import Any, Final

UNKNOWN = "application/octet-stream"
MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", re.A)
"""What can be sent as Content-Type, without parameters."""
_PICTURES: Final = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
_TEXTS: Final = frozenset(
    {"application/json", "text/csv", "text/markdown", "text/plain", "text/tab-separated-values"}
)
_lock = threading.Lock()
_known = mimetypes.MimeTypes()


def guess(name: str, start: bytes) -> str:
    """A media type such as `application/pdf`; it is a hint, never a reason to trust content."""
    _, dot, extension = name.rpartition(".")
    named = _known.types_map[True].get(dot + extension.lower())  # a name without a dot has none
    if named is not None:
        return named
    if not start:
        return UNKNOWN
    with _lock:
        found: str = _magic().from_buffer(start[:2048])
    return found if "/" in found and found != "application/x-empty" else UNKNOWN


def _magic() -> Any:
    """Made anew each time, which takes 60 µs: the 6 MiB that libmagic looks at go with it."""
    import pylibmagic  # noqa: I001 -- must come first: python-magic finds its library so
    import magic

    return magic.Magic(mime=True, magic_file=str(pylibmagic.data / "magic.mgc"))


@lru_cache(1024)
def kind_of(media_type: str) -> str:
    """How a page can show it: pdf, image, text, audio or video; "" if it cannot."""
    base = media_type.partition(";")[0].strip().lower()
    if base in _PICTURES:
        return "image"
    if base in _TEXTS:
        return "text"
    if base == "application/pdf":
        return "pdf"
    family = base.partition("/")[0]
    return family if family in ("audio", "video") and MEDIA_TYPE.fullmatch(base) else ""
