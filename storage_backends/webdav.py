"""The backend `webdav`: its settings, and the store made from them once it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage_backends.options import number, refuse_unknown, text
from vault_core.api import BlobStore, BlobStoreFactory
from vault_core.errors import SettingsError
from vault_core.hookspecs import hookimpl


def open_webdav(options: Mapping[str, Any], data_dir: str) -> BlobStore:
    """The store of `[storage.webdav]`: `url` of a collection, `username`, `password`, `timeout`.

    `timeout` is in seconds, for each read, write or connection (60).
    """
    refuse_unknown("webdav", options, {"url", "username", "password", "timeout"})
    url = text("webdav", options, "url")
    if not url.startswith(("https://", "http://")):
        raise SettingsError(f"storage.webdav.url is {url!r}; it must begin with https://.")
    user = text("webdav", options, "username", "")
    password = text("webdav", options, "password", "")
    timeout = number("webdav", options, "timeout", 60)
    try:
        from storage_backends.webdav_store import WebDAVBlobStore
    except ImportError as error:
        raise SettingsError(
            'storage.backend is "webdav", which needs webdav4: pip install webdav4.'
        ) from error
    return WebDAVBlobStore(url, (user, password) if user else None, timeout)


@hookimpl
def parchemin_blob_stores() -> Mapping[str, BlobStoreFactory]:
    """The backend `webdav`."""
    return {"webdav": open_webdav}
