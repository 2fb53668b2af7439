"""What axe-core finds on a page that is open."""

from __future__ import annotations

RUN = "async () => (await axe.run()).violations.map((v) => v.id + ' ' + v.nodes[0].html)"
