"""What every table of the settings file has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

LIVE = "live"
"""Marks a setting that changes while the server runs; the others wait for a restart."""


class Section(BaseModel):
    """A table of the file; a key it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
