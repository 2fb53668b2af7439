"""What is not run again on PostgreSQL and S3 (PARCHEMIN_TESTS_STORES=cluster), and why not.

Everything else is; a single test that is about one machine carries the mark `one_machine` instead.
"""

from __future__ import annotations

from collections.abc import Mapping

NO_STORE = "touches no store"
ALIKE = "looks at pages, or at files without a server, which are alike from either store"
OWN = "starts PostgreSQL, S3 or several nodes of its own, whatever else is chosen"

_BYTES = (
    "certificates/test_codes.py", "checking/test_verification.py", "credentials/",
    "deliveries/test_merkle.py", "input/", "pages/", "pdf/", "seals/test_dating.py",
    "seals/test_hsm.py", "seals/test_keys.py", "seals/test_pades.py", "seals/test_timestamps.py",
    "symbols/", "test_format_vectors.py",
)  # fmt: skip
"""How certificates are made, sealed and checked: bytes in, bytes out."""

ONCE: Mapping[str, str] = {
    "plugins/": NO_STORE,
    "tests/browser/test_accessibility.py": ALIKE,
    "tests/browser/test_offline.py": ALIKE,
    "tests/browser/test_offline_archives.py": ALIKE,
    "tests/browser/test_scanning.py": ALIKE,
    "tests/cli/plugins/": "is about packages, not about what they deliver",
    "tests/crypto/": NO_STORE,
    "tests/guards/": "is about the package and the documents",
    "tests/plugins/": NO_STORE,
    "tests/settings/": NO_STORE,
    "tests/cluster/": OWN,
    "tests/copies/": OWN,
    "tests/storage_backends/": OWN,
    "tests/store/": OWN,
    "tests/test_restarting.py": NO_STORE,
    "tests/web/test_client_address.py": NO_STORE,
    **{f"tests/issuing/{place}": NO_STORE for place in _BYTES},
}
"""Tests, files, or folders with a slash at the end, from the repository's root."""


def reason(test: str) -> str | None:
    """Why the test of that id (`tests/…/test_x.py::test_y`) runs once; None if it runs on both."""
    return next((why for place, why in ONCE.items() if test.startswith(place)), None)
