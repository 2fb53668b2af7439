"""A TCP proxy in front of a real server, which can be slow, deaf, cut in the middle, or gone."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from tests.storage_backends.servers import free_ports

Mode = Literal["open", "gone", "deaf", "slow", "cut"]
"""`gone` refuses and ends connections, `deaf` takes everything and answers nothing, `slow` waits
a second before each piece, `cut` ends a connection after `cut_after` bytes towards the server."""


class Proxy:
    """Forwards to 127.0.0.1:`target`; in a thread of its own, so that tests may block."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode: Mode = "open"
        self.cut_after = 0
        (self.port,) = free_ports(1)
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def be(self, mode: Mode, *, cut_after: int = 0) -> None:
        """Behave like that from now on, towards connections that are open too."""
        asyncio.run_coroutine_threadsafe(self._be(mode, cut_after), self._loop).result(10)

    async def _be(self, mode: Mode, cut_after: int) -> None:
        self.mode, self.cut_after = mode, cut_after
        if mode == "gone":
            if self._server is not None:
                self._server.close()
                self._server = None
            for writer in tuple(self._writers):
                writer.transport.abort()
        elif self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        back = None
        try:
            inside, back = await asyncio.open_connection("127.0.0.1", self.target)
            self._writers.add(back)
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._pump(reader, back, counted=True)),
                    asyncio.ensure_future(self._pump(inside, writer, counted=False)),
                ],
                return_when=asyncio.FIRST_COMPLETED,
            )
        except OSError:
            pass
        finally:
            for each in (writer, back):
                if each is not None:
                    self._writers.discard(each)
                    each.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.mode == "slow":
                    await asyncio.sleep(1)
                while self.mode == "deaf":
                    await asyncio.sleep(0.05)
                passed += len(data)
                if self.mode == "cut" and counted and passed > self.cut_after:
                    return
                writer.write(data)
                await writer.drain()

    def run(self) -> None:
        """The thread's work."""
        self._loop.run_forever()
        self._loop.close()

    def stop(self) -> None:
        """End the thread's work."""
        self.be("gone")
        self._loop.call_soon_threadsafe(self._loop.stop)


@contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy that runs meanwhile."""
    found = Proxy(target)
    thread = threading.Thread(target=found.run, daemon=True)
    thread.start()
    found.be("open")  # before anybody asks for anything else, which would bind the port as well
    try:
        yield found
    finally:
        found.stop()
        thread.join(10)
