"""A process that delivers one document after another and says which were acknowledged.

`python delivering.py DATA USERNAME FIRST` begins when a line comes in. Documents are numbered from
FIRST on; each line of its output is a number whose delivery returned.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.processes import deliver, opened


def content(number: int) -> bytes:
    """What document `number` holds: mostly little, some larger than one chunk."""
    random = Random(number)
    return random.randbytes(random.choice((200, 3_000, 3_000, 70_000)))


async def run(data: Path, username: str, first: int) -> None:
    """Deliver until killed."""
    async with opened(data) as institution:
        number = first
        await asyncio.to_thread(sys.stdin.readline)
        while True:
            await deliver(institution, username, number, content(number))
            print(number, flush=True)
            number += 1
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
