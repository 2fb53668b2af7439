"""A node with another institution's key does not come near the catalog."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cluster.nodes import Cluster
from tests.processes import opened, prepare
from vault_core.errors import Conflict

pytestmark = pytest.mark.fault


def test_a_second_institution_is_not_made_in_the_same_catalog(
    three: Cluster, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match=r"another key.*copy of the institution\.key"):
        prepare(tmp_path / "node", env=three.env)
    assert not (tmp_path / "node" / "institution.key").exists()


async def test_a_node_with_another_key_does_not_start(three: Cluster, tmp_path: Path) -> None:
    prepare(tmp_path / "other", env={"PARCHEMIN_VAULT__RECIPIENT": "x25519"})
    with pytest.raises(Conflict, match="another key"):
        async with opened(tmp_path / "other", three.env):
            pass
    shutil.copy(three.nodes[0].data / "institution.key", tmp_path / "other")
    async with opened(tmp_path / "other", three.env) as institution:
        assert await institution.catalog.fetch("SELECT count(*) FROM persons")
