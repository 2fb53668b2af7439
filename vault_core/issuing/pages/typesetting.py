"""Setting pages: filled into a blank where one fits, set by typst where none does.

Both hold the interpreter; several cores are used by several processes (`vault_core.serving.crew`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from vault_core.issuing.pages.blank_shelf import BlankShelf
from vault_core.issuing.pages.blanks import Blanks
from vault_core.issuing.pages.rendering import Page, Renderer
from vault_core.issuing.pdf.file import PdfFile


class Typesetting:
    """A `Typesetter` for threads. typst is loaded with the first page."""

    def __init__(self, shelf: Callable[[], BlankShelf] | None = None) -> None:
        """`shelf` keeps blanks for other processes; it is made with the first page."""
        self._shelf = shelf
        self._lock = threading.Lock()
        self._ready: tuple[Renderer, Blanks] | None = None

    def sheet(self, page: Page) -> PdfFile:
        """`Renderer.sheet`."""
        renderer, blanks = self._setters()
        filled = blanks.sheet(page)
        return renderer.sheet(page) if filled is None else filled

    def _setters(self) -> tuple[Renderer, Blanks]:
        with self._lock:
            if self._ready is None:
                renderer = Renderer()
                self._ready = renderer, Blanks(renderer, self._shelf() if self._shelf else None)
            return self._ready
