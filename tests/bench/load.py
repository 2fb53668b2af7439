"""A load of plain HTTP/1.1 over raw sockets: little work of its own, so that servers differ."""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.serving import basic

MIB = 1 << 20
BLOCK = os.urandom(MIB)


class WrongAnswer(Exception):
    """The server answered something that a benchmark must not count."""


@dataclass(frozen=True, slots=True)
class Target:
    """A WebDAV folder on this machine: `base` begins and ends with a slash."""

    name: str
    port: int
    base: str
    username: str
    password: str

    def request(self, method: str, path: str, headers: str = "", body: bytes = b"",
                length: int | None = None) -> bytes:  # fmt: skip
        """One request's bytes; `length` where the body is sent apart."""
        size = len(body) if length is None else length
        announced = f"Content-Length: {size}\r\n" if size or method in ("PUT", "PROPFIND") else ""
        return (
            f"{method} {self.base}{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: {basic(self.username, self.password)}\r\n{headers}{announced}\r\n"
        ).encode() + body

    def connect(self) -> socket.socket:
        """A new connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=120)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """The answer's head, and what of its body came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            raise WrongAnswer("the connection was closed")
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head, rest


def expect(head: bytes, *statuses: int) -> None:
    """Raises WrongAnswer unless the answer has one of the statuses."""
    if int(head[9:12]) not in statuses:
        raise WrongAnswer(head[:200].decode("latin-1"))


def length_of(head: bytes) -> int | None:
    """Content-Length; None for a chunked body, 0 where there is neither."""
    lower = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        return None
    start = lower.find(b"\r\ncontent-length:")
    return int(lower[start + 17 :].split(b"\r\n", 1)[0]) if start >= 0 else 0


def _finished(data: bytes) -> bool:
    """Whether a whole answer is there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = length_of(data[:end])
    if int(data[9:12]) in (204, 304):
        return True
    return data.endswith(b"0\r\n\r\n") if length is None else len(data) >= end + 4 + length


def ask(target: Target, request: bytes, *statuses: int) -> bytes:
    """One request on a connection of its own; the whole answer."""
    with target.connect() as connection:
        connection.sendall(request)
        parts = [b""]
        while not _finished(data := b"".join(parts)):
            parts = [data, connection.recv(MIB)]
            if not parts[1]:
                raise WrongAnswer("the answer was cut")
    expect(data, *statuses)
    return data


def put_large(target: Target, path: str, size: int) -> None:
    """Send `size` bytes as one document."""
    with target.connect() as connection:
        connection.sendall(target.request("PUT", path, length=size))
        for start in range(0, size, MIB):
            connection.sendall(memoryview(BLOCK)[: min(MIB, size - start)])
        expect(read_head(connection)[0], 200, 201, 204)


def get_large(target: Target, path: str, size: int) -> None:
    """Receive a document of `size` bytes."""
    buffer = bytearray(MIB)
    with target.connect() as connection:
        connection.sendall(target.request("GET", path))
        head, rest = read_head(connection)
        expect(head, 200)
        left = size - len(rest)
        while left > 0:
            count = connection.recv_into(buffer)
            if not count:
                raise WrongAnswer(f"{path} was cut with {left} bytes to come")
            left -= count


def parallel(work: Callable[[int], None], count: int) -> float:
    """Seconds that `work(0)` to `work(count - 1)` take at the same time."""
    errors: list[Exception] = []

    def run(number: int) -> None:
        try:
            work(number)
        except (OSError, WrongAnswer) as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - start


def storm(target: Target, requests: Iterable[bytes], connections: int, *statuses: int) -> float:
    """Seconds for all requests over so many connections, one in flight on each."""
    waiting = iter(requests)
    start = time.perf_counter()
    with selectors.DefaultSelector() as selector:
        open_ones = sum(_begin(target, waiting, selector) for _ in range(connections))
        while open_ones:
            for key, _ in selector.select(60):
                open_ones -= _continue(key, waiting, selector, statuses)
    return time.perf_counter() - start


def _begin(target: Target, waiting: Iterator[bytes], selector: selectors.BaseSelector) -> int:
    request = next(waiting, None)
    if request is None:
        return 0
    connection = target.connect()
    connection.sendall(request)
    selector.register(connection, selectors.EVENT_READ, bytearray())
    return 1


def _continue(
    key: selectors.SelectorKey,
    waiting: Iterator[bytes],
    selector: selectors.BaseSelector,
    statuses: tuple[int, ...],
) -> int:
    """Take in what came; 1 if the connection has nothing more to ask."""
    connection = key.fileobj
    assert isinstance(connection, socket.socket)
    more = connection.recv(262144)
    if not more:
        raise WrongAnswer("the connection was closed")
    key.data.extend(more)
    if not _finished(bytes(key.data)):
        return 0
    expect(bytes(key.data[:200]), *statuses)
    key.data.clear()
    request = next(waiting, None)
    if request is not None:
        connection.sendall(request)
        return 0
    selector.unregister(connection)
    connection.close()
    return 1
