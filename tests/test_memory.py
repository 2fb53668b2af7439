"""Memory for pieces of documents."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from vault_core.memory import Block, Portions, pages


@pytest.mark.parametrize("size", [0, 1, 4096, 70_000])
def test_pages_are_zero_and_writable(size: int) -> None:
    memory = pages(size)
    assert bytes(memory) == bytes(size)
    memory[:] = b"x" * size
    assert bytes(memory) == b"x" * size


def test_a_block_takes_what_fits_and_gives_the_rest_back() -> None:
    block = Block(5)
    assert bytes(block.take(memoryview(b"abc"))) == b""
    assert not block.full
    assert bytes(block.take(memoryview(b"defg"))) == b"fg"
    assert block.full
    assert bytes(block.filled) == b"abcde"
    block.size = 0
    assert bytes(block.take(memoryview(b"xy"))) == b""
    assert bytes(block.filled) == b"xy"


def test_pieces_are_smaller_the_more_there_are_and_large_again_after_them() -> None:
    portions = Portions(unit=10, most=4, together=8)
    with ExitStack() as stack:
        sizes = [stack.enter_context(portions.one()) for _ in range(12)]
    assert sizes == [40, 40, 20, 20, 10, 10, 10, 10, 10, 10, 10, 10]
    with pytest.raises(KeyError), portions.one():
        raise KeyError
    with portions.one() as size:
        assert size == 40
