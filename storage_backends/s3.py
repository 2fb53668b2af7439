"""The backend `s3`: its settings, and the store made from them once it is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from storage_backends.options import refuse_unknown, text
from vault_core.api import BlobStore, BlobStoreFactory
from vault_core.errors import SettingsError
from vault_core.hookspecs import hookimpl

_OPTIONS = frozenset(
    {"bucket", "prefix", "region", "endpoint", "access_key_id", "secret_access_key"}
)


def open_s3(options: Mapping[str, Any], data_dir: str) -> BlobStore:
    """The store of `[storage.s3]`: an existing `bucket`, and in it what begins with `prefix`.

    `endpoint` is the address of a service other than Amazon's; without `access_key_id` and
    `secret_access_key` the machine's own identity is used (environment, instance, container).
    The bucket should expire unfinished multipart uploads after some days.
    """
    refuse_unknown("s3", options, _OPTIONS)
    bucket = text("s3", options, "bucket")
    rest = {name: text("s3", options, name, "") for name in sorted(_OPTIONS - {"bucket"})}
    if rest["endpoint"] and not rest["endpoint"].startswith(("https://", "http://")):
        raise SettingsError(
            f"storage.s3.endpoint is {rest['endpoint']!r}; it must begin with https://."
        )
    if bool(rest["access_key_id"]) != bool(rest["secret_access_key"]):
        raise SettingsError(
            "storage.s3.access_key_id and storage.s3.secret_access_key belong together: "
            "set both or none."
        )
    try:
        from storage_backends.s3_store import S3BlobStore, connect
    except ImportError as error:
        raise SettingsError(
            'storage.backend is "s3", which needs obstore: pip install "parchemin[s3]".'
        ) from error
    return S3BlobStore(connect(bucket, **rest))


@hookimpl
def parchemin_blob_stores() -> Mapping[str, BlobStoreFactory]:
    """The backend `s3`."""
    return {"s3": open_s3}
