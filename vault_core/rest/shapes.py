"""What the models of requests and answers have in common: camelCase in JSON, and strictness."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from vault_core.errors import NodeNotFound
from vault_core.store import sound
from vault_core.store.ids import NodeId

Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""An id: 32 lower-case hexadecimal digits."""
Limit = Annotated[int, Field(ge=1, le=1000, description="How many at most.")]
Cursor = Annotated[
    str, Field(max_length=1024, description="`next` of the page before; absent for the first.")
]


class Output(BaseModel):
    """Part of an answer. Clients ignore members that they do not know."""

    model_config = ConfigDict(
        frozen=True, alias_generator=to_camel, populate_by_name=True, serialize_by_alias=True
    )

    def members(self) -> dict[str, Any]:
        """As JSON has it."""
        return self.model_dump(mode="json", by_alias=True)


class Input(BaseModel):
    """Part of a request. A member that is not known is refused: it would be ignored otherwise."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=False,
        validate_by_alias=True,
    )  # fmt: skip


class PageQuery(Input):
    """Which part of a long list."""

    limit: Limit = 100
    cursor: Cursor = ""


class Problem(Output):
    """Why something was refused (RFC 9457)."""

    type: Annotated[str, Field(description="`urn:parchemin:error:` and the error's name.")]
    title: Annotated[str, Field(description="What the error is, always the same.")]
    status: Annotated[int, Field(description="The HTTP status again.")]
    detail: Annotated[str, Field(description="What happened, and what to do.")]
    faults: Annotated[
        dict[str, str] | None, Field(description="What is wrong with each member.")
    ] = None


moment = sound.moment
"""A time of the catalog, as JSON has it (RFC 3339, UTC)."""


def node_id(text: str) -> NodeId:
    """The id of a node. Raises NodeNotFound if it is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        raise NodeNotFound from None
    if len(found) != 16:
        raise NodeNotFound
    return NodeId(found)
