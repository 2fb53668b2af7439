"""The socket that a server listens on: taken, shared with other workers, and told."""

from __future__ import annotations

import socket
from typing import Final

from vault_core.errors import SettingsError

UNREAD: Final = 120.0
"""Seconds that an answer may wait for a client that takes none of it."""


def listen(address: str, *, shared: bool = False, unread: float = UNREAD) -> socket.socket:
    """A listening socket on HOST:PORT, which other workers may share. Raises SettingsError.

    Where it is not to be shared, somebody else who listens there is noticed. Whoever takes nothing
    of an answer for `unread` seconds is cut off, where the system can do that (Linux).
    """
    listener = reserve(address, shared=shared)
    try:
        # Accepted connections inherit it (tcp(7)); a closed window counts as one that is gone.
        if user_timeout := getattr(socket, "TCP_USER_TIMEOUT", None):
            listener.setsockopt(socket.IPPROTO_TCP, user_timeout, round(unread * 1000))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise _unusable(address, error) from None
    return listener


def reserve(address: str, *, shared: bool = False) -> socket.socket:
    """A socket that has HOST:PORT and gets no connections; as `listen`."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, int(port)))
    except OSError as error:
        reserved.close()
        raise _unusable(address, error) from None
    return reserved


def _unusable(address: str, error: OSError) -> SettingsError:
    return SettingsError(
        f"server.listen is '{address}', which cannot be used: {error.strerror}. Choose another by"
        " --listen or the setting."
    )


def address_of(listener: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    return f"http://{host_and_port(listener)}"


def host_and_port(listener: socket.socket) -> str:
    """What `listen` takes, of a socket that has it."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
