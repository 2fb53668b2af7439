"""Scrolling a folder of 10,000 documents: `python -m tests.bench.scrolling [--documents N]`.

In Chromium, with the wheel, from the first row to the last: how long the folder took to open, the
time between frames (requestAnimationFrame) at the 50th, 95th and 99th percentile while it scrolls
and further rows arrive, and the tasks of 50 ms or more (PerformanceObserver, `longtask`).
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.furnished import filled
from tests.requirements import need
from tests.web.site import PASSWORD, site

WATCH = """() => {
  window.frames_ = []; window.long_ = [];
  new PerformanceObserver((list) => window.long_.push(...list.getEntries().map((e) => e.duration)))
    .observe({ type: "longtask" });
  let last = performance.now();
  const frame = (now) => {
    window.frames_.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}"""
TOLD = """() => {
  const sorted = window.frames_.slice(2).sort((a, b) => a - b);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { frames: sorted.length, p50: at(.5), p95: at(.95), p99: at(.99), worst: at(1),
    long: window.long_.length, longest: Math.max(0, ...window.long_),
    rows: document.querySelectorAll("tr[data-kind]").length };
}"""


async def main(documents: int) -> None:
    """Fill, open, scroll, tell."""
    with tempfile.TemporaryDirectory() as folder:
        async with site(Path(folder) / "data") as running, async_playwright() as playwright:
            await running.person("ada")
            await filled(running, [f"{number:05}.txt" for number in range(documents)])
            chromium = await playwright.chromium.launch(
                executable_path=need("chromium"), args=ARGUMENTS
            )
            context = await chromium.new_context(base_url=running.url)
            page = await context.new_page()
            await page.goto("/sign-in")
            await page.fill("#username", "ada")
            await page.fill("#password", PASSWORD)
            await page.press("#password", "Enter")
            await page.wait_for_selector("[data-folder][data-ready]")
            start = time.perf_counter()
            await page.goto("/files/")
            await page.wait_for_selector("[data-folder][data-ready]")
            opened = time.perf_counter() - start
            await page.evaluate(WATCH)
            await page.mouse.move(600, 500)
            start, rows = time.perf_counter(), 0
            while rows < documents and time.perf_counter() - start < 300:
                for _ in range(20):
                    await page.mouse.wheel(0, 600)
                    await asyncio.sleep(0.016)
                rows = await page.evaluate("document.querySelectorAll('tr[data-kind]').length")
            told = await page.evaluate(TOLD)
            await chromium.close()
    print(f"opened in {opened * 1000:.0f} ms; {told['rows']} rows scrolled in"
          f" {time.perf_counter() - start:.0f} s, {told['frames']} frames")  # fmt: skip
    print(f"between frames: p50 {told['p50']:.0f} ms, p95 {told['p95']:.0f}, p99 {told['p99']:.0f},"
          f" worst {told['worst']:.0f}; {told['long']} tasks of 50 ms or more,"
          f" the longest {told['longest']:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().documents))
