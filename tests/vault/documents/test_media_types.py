"""What type a document is of."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from vault_core.vault.nodes.media_types import UNKNOWN, _magic, guess, kind_of

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\0\0\0\0"


@pytest.mark.parametrize(
    ("name", "start", "told"),
    [
        ("Diplôme.pdf", b"", "application/pdf"),
        ("PHOTO.JPG", PNG, "image/jpeg"),  # the name decides; nothing is trusted for it
        ("photo", PNG, "image/png"),
        ("photo.unheard-of", PNG, "image/png"),
        ("notes", b"Bonjour.\n", "text/plain"),
        ("empty", b"", UNKNOWN),
    ],
)
def test_the_name_tells_or_else_the_first_bytes(name: str, start: bytes, told: str) -> None:
    assert guess(name, start) == told


def test_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """pylibmagic names its database there when it is imported; that may be undone."""
    guess("photo", PNG)
    monkeypatch.setenv("MAGIC", "/nowhere")
    assert guess("photo", PNG) == "image/png"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what is in memory")
def test_what_libmagic_looked_at_does_not_stay_in_memory() -> None:
    magic = _magic()
    magic.from_buffer(PNG)
    while_used = _mapped()
    del magic
    assert _mapped() < while_used
    assert guess("photo", PNG) == "image/png"
    assert _mapped() < while_used


def _mapped() -> int:
    """How many times libmagic's database is mapped into memory."""
    return Path("/proc/self/maps").read_text().count("magic.mgc\n")


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("application/pdf", "pdf"), ("image/png", "image"), ("image/svg+xml", ""),
        ("Text/Plain; charset=utf-8", "text"), ("text/html", ""), ("video/mp4", "video"),
        ("audio/", ""),
    ],
)  # fmt: skip
def test_a_page_shows_only_what_cannot_act(media_type: str, kind: str) -> None:
    assert kind_of(media_type) == kind
