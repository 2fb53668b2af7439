"""What an institution keeps beside its catalog and blobs: its key, and the name of each machine."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from pathlib import Path

from vault_core.errors import SettingsError

KEY_FILE = "institution.key"
MACHINE_FILE = "machine.id"
_KIND = "parchemin-institution-key-1"


def create_key(data_dir: Path) -> None:
    """Make the institution's key, durably. Raises FileExistsError if there is one."""
    path = data_dir / KEY_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{_KIND} {secrets.token_hex(32)}\n")
        file.flush()
        os.fsync(file.fileno())


def read_key(data_dir: Path) -> bytes:
    """The institution's key, 32 bytes. Raises SettingsError."""
    path = data_dir / KEY_FILE
    try:
        kind, key = path.read_text().split()
        data = bytes.fromhex(key)
    except FileNotFoundError:
        raise SettingsError(
            f"There is no institution in '{data_dir}': make one with"
            f" 'parchemin init --data {data_dir}'."
        ) from None
    except (OSError, ValueError):
        raise SettingsError(f"'{path}' cannot be read as an institution's key.") from None
    if kind != _KIND or len(data) != 32:
        raise SettingsError(f"'{path}' is not an institution's key.")
    return data


def mark_of(key: bytes) -> str:
    """Tells an institution's key from another one, and nothing of either."""
    return hmac.digest(key, b"parchemin: which institution's catalog", "sha256").hex()


def machine_name(data_dir: Path) -> bytes:
    """8 bytes that no other machine has, made on first use."""
    path = data_dir / MACHINE_FILE
    with contextlib.suppress(FileExistsError), path.open("x") as file:
        file.write(secrets.token_hex(8))
    try:
        name = bytes.fromhex(path.read_text().strip())
    except ValueError:
        name = b""
    if len(name) != 8:
        path.unlink()  # cut off by a crash
        return machine_name(data_dir)
    return name
