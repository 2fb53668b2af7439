"""What every part of an institution stands on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vault_core.api import BlobStore, Clock, Random, Text
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.seals.sealing import Sealing
from vault_core.plugins import Plugins
from vault_core.settings import Settings
from vault_core.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Foundation:
    """Opened stores, loaded plugins, the settings as they were then; where time comes from."""

    data_dir: Path
    settings: Settings
    keyring: ServerKeyring
    plugins: Plugins
    catalog: Catalog
    blobs: BlobStore
    sealing: Sealing
    clock: Clock
    random: Random

    @property
    def issuer_names(self) -> dict[str, Text]:
        """By their ids."""
        return {issuer.id: issuer.name for issuer in self.plugins.issuers.values()}

    @property
    def spare_core(self) -> bool:
        """Whether this machine has more cores than there are workers."""
        return (os.cpu_count() or 1) > self.settings.server.workers
