"""Chunks as a remote store takes them: joined to pieces of one size, and stoppable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from vault_core.api import Buffer


class Gathered(AsyncIterator[bytes]):
    """The chunks joined to pieces of at least `step` bytes, the last one shorter.

    `size` counts the bytes given out; `error` is what the chunks raised, if they did, for it may
    reach the caller in another library's wrapping.
    """

    def __init__(self, chunks: AsyncIterator[Buffer], step: int) -> None:
        self.error: Exception | None = None
        self.size = 0
        self._chunks = chunks
        self._step = step
        self._asking: asyncio.Task[object] | None = None
        self._stopped = False

    async def __anext__(self) -> bytes:
        """The next piece. Raises what the chunks raise, CancelledError once it was stopped."""
        piece = await self.next()
        if not piece:
            raise StopAsyncIteration
        return piece

    async def next(self) -> bytes:
        """The next piece, empty at the end; raises as `__anext__` does."""
        if self._stopped:
            raise asyncio.CancelledError
        self._asking = asyncio.current_task()
        pending = bytearray()
        try:
            while len(pending) < self._step:
                pending += await anext(self._chunks)
        except StopAsyncIteration:
            pass
        except Exception as error:
            self.error = error
            raise
        finally:
            self._asking = None
        self.size += len(pending)
        return bytes(pending)

    def stop(self) -> None:
        """End whoever waits for a piece, and whoever asks for one later."""
        self._stopped = True
        if self._asking is not None:
            self._asking.cancel()


class Pulled(Iterator[bytes]):
    """Pieces gathered in the event loop, iterated in a thread."""

    def __init__(self, pieces: Gathered) -> None:
        """Made in the event loop that the pieces belong to."""
        self._pieces = pieces
        self._loop = asyncio.get_running_loop()

    def __next__(self) -> bytes:
        """The next piece; raises as `Gathered` does."""
        piece = asyncio.run_coroutine_threadsafe(self._pieces.next(), self._loop).result()
        if not piece:
            raise StopIteration
        return piece
