"""What `parchemin doctor` finds of the machine, and of what the settings ask of it."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import sys
from pathlib import Path

from vault_core.api import Reason
from vault_core.cli.examination.findings import Finding
from vault_core.settings import Settings

LEAST_FREE = 2 * 10**9
LEAST_FILES = 1024
NETWORKED = {"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p"}


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    told = Reason(
        f"Python {version} ; il faut 3.11 ou plus récent",
        f"Python {version}; 3.11 or newer is right",
    )
    return Finding("python", "good" if good else "bad", told)


def _sqlite() -> Finding:
    good = sqlite3.sqlite_version_info >= (3, 35)
    version = sqlite3.sqlite_version
    told = Reason(
        f"SQLite {version} ; il faut 3.35 ou plus récent",
        f"SQLite {version}; 3.35 or newer is right",
    )
    return Finding("sqlite", "good" if good else "bad", told)


def _file_limit() -> Finding:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    told = Reason(
        f"{soft} fichiers ouverts permis ; un serveur chargé en demande plus de {LEAST_FILES}",
        f"{soft} open files are allowed; a busy server needs more than {LEAST_FILES}",
    )
    return Finding("open files", "good" if soft > LEAST_FILES else "warning", told)


def _privacy(data: Path, settings: Settings) -> Finding:
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o077:
        told = Reason(
            f"{data} est ouvert à d'autres comptes : chmod 700 {data}",
            f"{data} is open to other accounts: chmod 700 {data}",
        )
        return Finding("privacy", "bad", told)
    told = Reason(f"{data} est fermé aux autres comptes", f"{data} is closed to other accounts")
    return Finding("privacy", "good", told)


def _space(data: Path, settings: Settings) -> Finding:
    free = shutil.disk_usage(data).free
    size = f"{free / 10**9:.1f}"
    told = Reason(
        f"{size.replace('.', ',')} Go sont libres sous {data}", f"{size} GB are free under {data}"
    )
    return Finding("space", "good" if free > LEAST_FREE else "warning", told)


def _file_system(data: Path, settings: Settings) -> Finding:
    kind = _mounted(data.resolve())
    if kind in NETWORKED:
        told = Reason(
            f"{data} est sur {kind} : les verrous et fsync de SQLite demandent un disque local",
            f"{data} is on {kind}: SQLite's locks and fsync need a local disk",
        )
        return Finding("file system", "bad", told)
    told = Reason(
        f"{data} est sur {kind or 'un système de fichiers local'}",
        f"{data} is on {kind or 'a local file system'}",
    )
    return Finding("file system", "good", told)


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
        there, name = ", ".join(sorted(plugins.blob_stores)) or "—", settings.storage.backend
        told = Reason(
            f"aucun greffon activé n'a le stockage {name} ; il y a : {there}",
            f"no enabled plugin has the storage backend {name}; there are: {there}",
        )
        return Finding("plugins", "bad", told)
    names = ", ".join(plugin.name for plugin in plugins.loaded)
    return Finding("plugins", "good", Reason(f"chargés : {names}", f"loaded: {names}"))


def _media_types(data: Path, settings: Settings) -> Finding:
    from vault_core.vault.nodes.media_types import guess

    try:
        found = guess("", b"%PDF-1.7\n")
    except ImportError as error:
        told = Reason(
            f"libmagic ne peut être utilisé : {error}", f"libmagic cannot be used: {error}"
        )
        return Finding("media types", "bad", told)
    good = found == "application/pdf"
    told = Reason(f"libmagic reconnaît un PDF comme {found}", f"libmagic tells a PDF as {found}")
    return Finding("media types", "good" if good else "bad", told)


def _proxy(data: Path, settings: Settings) -> Finding:
    local = settings.server.listen.startswith(("127.", "localhost", "[::1]"))
    if not local and not settings.server.trusted_proxies:
        where = settings.server.listen
        told = Reason(
            f"{where} est joignable d'ailleurs en HTTP simple : placez TLS devant",
            f"{where} is reachable from elsewhere over plain HTTP: put TLS before",
        )
        return Finding("listening", "warning", told)
    told = Reason(
        f"le serveur écoute sur {settings.server.listen}",
        f"the server listens on {settings.server.listen}",
    )
    return Finding("listening", "good", told)


FIRST = (_python, _sqlite, _file_limit)
"""Whatever the settings are."""
LOOKS = (_privacy, _space, _file_system, _plugins, _media_types, _proxy)
