"""What `parchemin doctor` looks at on the machine; each finding is one sentence."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from vault_core.cli.findings import Finding
from vault_core.errors import ParcheminError
from vault_core.settings import FILE_NAME, Settings, load_settings

LEAST_FREE = 2 * 10**9
LEAST_FILES = 1024
NETWORKED = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"}


def examine(data: Path, env: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything; a fault in one place does not hide the others."""
    yield _python()
    yield _sqlite()
    yield _file_limit()
    try:
        settings = load_settings(data, env)
    except ParcheminError as error:
        yield Finding("settings", "bad", str(error) or "no answer in time")
        return
    yield Finding("settings", "good", f"{data / FILE_NAME} holds allowed values only")
    looks: tuple[Callable[[Path, Settings], Finding], ...] = (
        _privacy, _space, _file_system, _plugins, _media_types, _proxy,
    )  # fmt: skip
    from vault_core.cli import examination_expiry, examination_rounds, examination_services

    further = (examination_services, examination_rounds, examination_expiry)
    for look in (*looks, *(look for module in further for look in module.LOOKS)):
        try:
            yield look(data, settings)
        except (ParcheminError, OSError) as error:  # a time-out is an OSError
            yield Finding(
                look.__name__.strip("_").replace("_", " "), "bad", str(error) or "no answer in time"
            )


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding("python", "good" if good else "bad", f"Python {version}; 3.11 or newer is right")


def _sqlite() -> Finding:
    good = sqlite3.sqlite_version_info >= (3, 35)
    told = f"SQLite {sqlite3.sqlite_version}; 3.35 or newer is right"
    return Finding("sqlite", "good" if good else "bad", told)


def _file_limit() -> Finding:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = f"{soft} open files are allowed; a busy server needs more than {LEAST_FILES}"
    return Finding("open files", "good" if soft > LEAST_FILES else "warning", told)


def _privacy(data: Path, settings: Settings) -> Finding:
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o077:
        return Finding("privacy", "bad", f"{data} is open to other accounts: chmod 700 {data}")
    return Finding("privacy", "good", f"{data} is closed to other accounts")


def _space(data: Path, settings: Settings) -> Finding:
    free = shutil.disk_usage(data).free
    told = f"{free / 10**9:.1f} GB are free under {data}"
    return Finding("space", "good" if free > LEAST_FREE else "warning", told)


def _file_system(data: Path, settings: Settings) -> Finding:
    kind = _mounted(data.resolve())
    if kind in NETWORKED:
        told = f"{data} is on {kind}: SQLite's locks and fsync need a local disk"
        return Finding("file system", "bad", told)
    return Finding("file system", "good", f"{data} is on {kind or 'a local file system'}")


def _mounted(path: Path) -> str:
    """The kind of file system a path is on, as Linux tells it; "" elsewhere."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        _, point, found, *_ = line.split(" ")
        inside = path.is_relative_to(point.replace("\\040", " "))
        if inside and len(point) >= len(best):
            best, kind = point, found
    return kind


def _plugins(data: Path, settings: Settings) -> Finding:
    from vault_core.plugins import load_plugins

    plugins = load_plugins(settings.plugins.enabled)
    if settings.storage.backend not in plugins.blob_stores:
        there = ", ".join(sorted(plugins.blob_stores)) or "none"
        told = f"no enabled plugin has the storage backend {settings.storage.backend}; there are: "
        return Finding("plugins", "bad", told + there)
    names = ", ".join(plugin.name for plugin in plugins.loaded)
    return Finding("plugins", "good", f"loaded: {names}")


def _media_types(data: Path, settings: Settings) -> Finding:
    from vault_core.vault.media_types import guess

    try:
        found = guess("", b"%PDF-1.7\n")
    except ImportError as error:
        return Finding("media types", "bad", f"libmagic cannot be used: {error}")
    good = found == "application/pdf"
    return Finding("media types", "good" if good else "bad", f"libmagic tells a PDF as {found}")


def _proxy(data: Path, settings: Settings) -> Finding:
    local = settings.server.listen.startswith(("127.", "localhost", "[::1]"))
    if not local and not settings.server.trusted_proxies:
        told = (
            f"{settings.server.listen} is reachable from elsewhere over plain HTTP: put TLS before"
        )
        return Finding("listening", "warning", told)
    return Finding("listening", "good", f"the server listens on {settings.server.listen}")
