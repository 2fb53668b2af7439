"""The socket that a server listens on: taken, shared with other workers, and told."""

from __future__ import annotations

import socket

from vault_core.errors import SettingsError


def listen(address: str, *, shared: bool = False) -> socket.socket:
    """A listening socket on HOST:PORT, which other workers may share. Raises SettingsError.

    Where it is not to be shared, somebody else who listens there is noticed.
    """
    listener = reserve(address, shared=shared)
    try:
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
