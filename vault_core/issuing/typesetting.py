"""Setting pages: filled into a blank where one fits, set by typst where none does.

Both hold the interpreter; several cores are used by several processes (`vault_core.crew`).
"""

from __future__ import annotations

import threading

from vault_core.issuing.blanks import Blanks
from vault_core.issuing.rendering import Page, Renderer


class Typesetting:
    """A `Typesetter` for threads. typst is loaded with the first page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: tuple[Renderer, Blanks] | None = None

    def pdf(self, page: Page) -> bytes:
        """`Renderer.pdf`."""
        renderer, blanks = self._setters()
        filled = blanks.pdf(page)
        return renderer.pdf(page) if filled is None else filled

    def _setters(self) -> tuple[Renderer, Blanks]:
        with self._lock:
            if self._ready is None:
                renderer = Renderer()
                self._ready = renderer, Blanks(renderer)
            return self._ready
