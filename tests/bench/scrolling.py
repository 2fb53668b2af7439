"""Scrolling a folder of 10,000 documents: `python -m tests.bench.scrolling [--documents N]`.

In Chromium, with the wheel, from the first row to the last: how long the folder took to open, the
time between frames (requestAnimationFrame) at the 50th, 95th and 99th percentile while it scrolls
and further rows arrive, the tasks of 50 ms or more (PerformanceObserver, `longtask`) and what they
take beyond 50 ms (the total blocking time). Other work on the machine lengthens all of these; what
it does not change is the processor time of each task of the page's thread, from Chromium's trace.
Also how often the window showed no row at all, and how many rows the page held at most.
"""

from __future__ import annotations

import argparse
import asyncio
import json
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
  window.most_ = window.blank_ = 0;
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
    blocked: window.long_.reduce((sum, one) => sum + one - 50, 0),
    most: window.most_, blank: window.blank_ };
}"""
LOOK = """() => {
  const chunk = document.elementFromPoint(600, 500)?.closest(".chunk");
  if (chunk?.dataset.absent) window.blank_ += 1;
  window.most_ = Math.max(window.most_, document.querySelectorAll("tr[data-kind]").length);
  return scrollY + innerHeight >= document.documentElement.scrollHeight - 200;
}"""


def tasks(trace: bytes) -> list[float]:
    """Milliseconds of processor time of each task on the threads that ran pages, in order."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return sorted(
        event.get("tdur", 0) / 1000
        for event in events
        if event["name"] == "ThreadControllerImpl::RunTask"
        and (event["pid"], event["tid"]) in mains
    )


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
            await chromium.start_tracing(page=page, categories=["toplevel"])
            start, looks, over = time.perf_counter(), 0, False
            while not over and time.perf_counter() - start < 600:
                for _ in range(20):
                    await page.mouse.wheel(0, 600)
                    await asyncio.sleep(0.016)
                looks, over = looks + 1, await page.evaluate(LOOK)
            took = time.perf_counter() - start
            spent, told = tasks(await chromium.stop_tracing()), await page.evaluate(TOLD)
            await chromium.close()
    print(f"opened in {opened * 1000:.0f} ms; {documents} rows scrolled in"
          f" {took:.0f} s, {told['frames']} frames,"
          f" at most {told['most']} rows in the page; none in sight"
          f" {told['blank']} times of {looks}")  # fmt: skip
    print(f"between frames: p50 {told['p50']:.0f} ms, p95 {told['p95']:.0f}, p99 {told['p99']:.0f},"
          f" worst {told['worst']:.0f}; {told['long']} tasks of 50 ms or more,"
          f" the longest {told['longest']:.0f} ms,"
          f" blocking {told['blocked']:.0f} ms in all")  # fmt: skip
    print(f"processor time of the page's thread: {sum(spent) / told['frames']:.1f} ms a frame,"
          f" {sum(spent) / documents:.2f} ms a row; {sum(one >= 50 for one in spent)} tasks of 50"
          f" ms or more, {sum(one >= 16 for one in spent)} of 16 ms or more of {len(spent)},"
          f" the longest {spent[-1]:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    asyncio.run(main(parser.parse_args().documents))
