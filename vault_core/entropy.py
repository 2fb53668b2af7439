"""Randomness for the whole process: the system's generator, asked for a page at a time.

A call of the system's generator costs up to 20 µs and a small document needs six of them.
"""

from __future__ import annotations

import os
import threading

PAGE = 4096


class Entropy:
    """`entropy(n)` gives n bytes of the system's cryptographic generator, each byte once.

    For any thread. Not to be used by both sides of a fork: workers are spawned.
    """

    __slots__ = ("_at", "_lock", "_page")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._page = bytearray()
        self._at = 0

    def __call__(self, count: int) -> bytes:
        if count > PAGE // 4:
            return os.urandom(count)
        with self._lock:
            if self._at + count > len(self._page):
                self._page, self._at = bytearray(os.urandom(PAGE)), 0
            start, self._at = self._at, self._at + count
            taken = bytes(self._page[start : self._at])
            self._page[start : self._at] = bytes(count)  # nothing handed out stays here
            return taken
