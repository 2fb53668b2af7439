"""What a link's owner sees of it, and the terms on which it is made. Values without I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from vault_core.crypto.links import LinkKind
from vault_core.errors import BadRequest
from vault_core.store.ids import ROOT, NodeId
from vault_core.store.shared_links import LinkId, LinkRow
from vault_core.store.sound import Damaged

State = Literal["open", "expired", "revoked", "used-up", "guessed", "damaged"]
LABEL_LENGTH: Final = 80
PIN_LENGTHS: Final = (4, 64)
MOST_DAYS: Final = 3660
MOST_USES: Final = 1_000_000
WRONG_PINS: Final = 30
"""Wrong PINs in all after which a link closes for good: of 10,000 PINs of four digits, 0.3 %."""
DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Terms:
    """How long, how often and for whom a link is open; None: without that limit."""

    label: str = ""
    pin: str = ""
    expires_at: int | None = None
    """Milliseconds since the epoch."""
    most: int | None = None
    """Downloads of a share, checks of a proof, deposits in a drop box."""
    most_bytes: int | None = None
    """Of all deposits together."""

    def check(self, now: int) -> None:
        """Raises BadRequest if they make no sense."""
        if len(self.label) > LABEL_LENGTH or not self.label.isprintable():
            raise BadRequest(f"A link's name has at most {LABEL_LENGTH} printable characters.")
        least, longest = PIN_LENGTHS
        if self.pin and not least <= len(self.pin) <= longest:
            raise BadRequest(f"A PIN has between {least} and {longest} characters.")
        if self.expires_at is not None and not now < self.expires_at <= now + MOST_DAYS * DAY:
            raise BadRequest("A link expires in the future, within ten years.")
        if self.most is not None and not 1 <= self.most <= MOST_USES:
            raise BadRequest(f"A link can be used between once and {MOST_USES} times.")
        if self.most_bytes is not None and self.most_bytes < 1:
            raise BadRequest("A drop box takes at least one byte.")


@dataclass(frozen=True, slots=True)
class Link:
    """One link, as its owner's open vault knows it."""

    id: LinkId
    kind: LinkKind | Literal["damaged"]
    node: NodeId
    label: str
    code: str
    """What the link's address ends with; "" if what is stored of it is damaged."""
    pin: bool
    created_at: int
    expires_at: int | None
    ended_at: int | None
    most: int | None
    used: int
    most_bytes: int | None
    bytes: int
    failures: int

    def state(self, now: int) -> State:
        """Whether it opens anything now (ms since the epoch), or why not."""
        if self.ended_at is not None:
            return "guessed" if self.failures >= WRONG_PINS else "revoked"
        if not self.code:
            return "damaged"
        if self.expires_at is not None and self.expires_at <= now:
            return "expired"
        if self.most is not None and self.used >= self.most:
            return "used-up"
        return "open"


def link_of(row: LinkRow, label: str, code: str, *, pin: bool) -> Link:
    """The link that a row is of; `code` is "" if nobody can tell any more."""
    return Link(
        row.id, row.kind, row.node, label, code, pin, row.created_at, row.expires_at,
        row.ended_at, row.most, row.used, row.most_bytes, row.bytes, row.failures,
    )  # fmt: skip


def damaged_link(row: Damaged) -> Link:
    """A link of which it is only known that it is there: it can be revoked."""
    return Link(
        LinkId(row.key[0]), "damaged", ROOT, "", "", False, row.made_at,
        None, None, None, 0, None, 0, 0,
    )  # fmt: skip
