"""Authorities outside the institution, started once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.issuing.authorities import NOW, Authorities, authorities


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with authorities(tmp_path_factory.mktemp("authorities"), NOW) as made:
        yield made
