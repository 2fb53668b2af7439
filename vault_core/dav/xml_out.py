"""XML as text, written and never built as a tree: DAV: is always the prefix `D`."""

from __future__ import annotations

from typing import Final

from vault_core.dav.clark import DAV, split

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
MULTISTATUS_START: Final = f'{DECLARATION}<D:multistatus xmlns:D="DAV:">'
MULTISTATUS_END: Final = "</D:multistatus>"

_STATUS_TEXT: Final = {
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    424: "Failed Dependency",
}
# XML 1.0 section 2.2: neither controls nor these two may occur, not even as references.
_UNWRITABLE: Final = dict.fromkeys(
    [*(c for c in range(32) if c not in (9, 10, 13)), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)],
    "\ufffd",
)


def escape(text: str) -> str:
    """Character data or an attribute's value; what XML cannot hold becomes U+FFFD."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if not text.isprintable():
        text = text.translate(_UNWRITABLE).replace("\r", "&#13;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    return text


def empty_element(name: str) -> str:
    """An element without content by its Clark name, with its namespace declared where needed."""
    namespace, local = split(name)
    if namespace == DAV:
        return f"<D:{local}/>"
    return f'<{local} xmlns="{escape(namespace)}"/>'


def propstat(properties: str, status: int, condition: str = "") -> str:
    """One DAV:propstat (RFC 4918 section 14.22), with its DAV:error if a condition is named."""
    error = f"<D:error><D:{condition}/></D:error>" if condition else ""
    return (
        f"<D:propstat><D:prop>{properties}</D:prop>"
        f"<D:status>HTTP/1.1 {status} {_STATUS_TEXT[status]}</D:status>{error}</D:propstat>"
    )


def response(href: str, content: str) -> str:
    """One DAV:response (section 14.24); `href` is percent-encoded already."""
    return f"<D:response><D:href>{href}</D:href>{content}</D:response>"
