"""What type a document is of: by its name where that says it, else by its first bytes."""

from __future__ import annotations

import mimetypes
import threading
from functools import cache
from typing import Any

UNKNOWN = "application/octet-stream"
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


@cache
def _magic() -> Any:
    import pylibmagic  # noqa: F401, I001 -- must come first: python-magic finds its library so
    import magic

    return magic.Magic(mime=True)
