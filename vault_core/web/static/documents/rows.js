// The rows of a folder. Of a long one only what is near the window is in the page: chunks of rows come
// before they are in sight, and go again once they are far, so that the ten-thousandth costs no more
// than the first. What is not there keeps its height, so that the scroll bar tells the whole length.
import { begin, go, lost } from "../navigation.js";

const NEAR = "2400px 0px";
const FAR = "7200px 0px";
const idle = window.requestIdleCallback
  ? () => new Promise((resolve) => requestIdleCallback(resolve, { timeout: 120 }))
  : () => new Promise((resolve) => setTimeout(resolve, 16));

export class Rows {
  #address = new URL(location.href);
  #coming = new Map(); // pages that were asked for
  #near = new Set();
  #working = false;
  #names = null;
  #told = [];
  #blank = document.querySelector("#absent");

  constructor(form) {
    this.table = form.querySelector(".listing");
    const { total, page, chunk } = this.table.dataset;
    Object.assign(this, { total: Number(total), perPage: Number(page), perChunk: Number(chunk) });
    this.#lay();
    this.table.addEventListener("click", (event) => this.#follow(event));
    this.table.addEventListener("focusin", (event) => this.#reached(event.target));
    for (const chunk of this.chunks) if (!chunk.dataset.absent) this.#prepare(chunk);
  }

  // Call `told` now and whenever rows have come.
  onRows(told) {
    this.#told.push(told);
    told(this.table);
  }

  get here() { return [...this.table.querySelectorAll("tr[data-kind]")]; }
  indexOf(row) { return row.ariaRowIndex - 2; }
  present(index) { return this.table.querySelector(`tr[data-kind][aria-rowindex="${index + 2}"]`); }

  // The row of that index, fetched where it is not there; null if it cannot be fetched.
  async row(index) {
    const chunk = this.chunks[Math.floor(index / this.perChunk)];
    if (chunk?.dataset.absent) await this.#fill(chunk);
    return this.present(index);
  }

  // All names in the order of the rows, of the first 10,000.
  async names() {
    if (this.#names) return this.#names;
    const here = this.here;
    if (here.length === this.total) return here.map((row) => row.querySelector("input").value);
    const answer = await fetch(this.#query({ part: "names" })).catch(() => null);
    if (!answer?.ok) return lost(), [];
    this.#names = await answer.json();
    return this.#names;
  }

  #query(more) {
    const address = new URL(this.#address);
    for (const name of [...address.searchParams.keys()]) if (!["sort", "order"].includes(name)) address.searchParams.delete(name);
    for (const [name, value] of Object.entries(more)) address.searchParams.set(name, value);
    return address;
  }

  // -- what is there ----------------------------------------------------------------------------
  #lay() {
    const there = new Map([...this.table.tBodies].map((chunk) => [Number(chunk.dataset.first), chunk]));
    const firsts = Array.from({ length: Math.ceil(this.total / this.perChunk) }, (_, at) => at * this.perChunk);
    this.chunks = firsts.map((first) => there.get(first) ?? this.#absent(first));
    const [known] = there.values();
    this.#measure(known);
    const [before, after] = [this.chunks.indexOf(known), this.chunks.indexOf(known) + there.size];
    known.before(...this.chunks.slice(0, before)); // what is there stays in its place, and keeps the focus
    this.chunks[after - 1].after(...this.chunks.slice(after));
    if (this.#address.searchParams.has("page")) known.scrollIntoView();
    if (this.chunks.length === there.size) return;
    const near = new IntersectionObserver((entries) => this.#approached(entries), { rootMargin: NEAR });
    const far = new IntersectionObserver((entries) => this.#left(entries), { rootMargin: FAR });
    for (const chunk of this.chunks) for (const sight of [near, far]) sight.observe(chunk);
    new ResizeObserver(() => this.#measure(this.chunks.find((chunk) => !chunk.dataset.absent))).observe(this.table);
  }

  #measure(chunk) {
    if (chunk) this.table.style.setProperty("--row", `${chunk.offsetHeight / chunk.rows.length}px`);
  }

  #absent(first) {
    const chunk = document.createElement("tbody");
    chunk.className = "chunk";
    chunk.setAttribute("role", "rowgroup");
    chunk.dataset.first = first;
    return this.#empty(chunk);
  }

  #empty(chunk) {
    const first = Number(chunk.dataset.first);
    const last = Math.min(first + this.perChunk, this.total);
    const row = this.#blank.content.firstElementChild.cloneNode(true);
    const link = row.querySelector("a");
    row.ariaRowIndex = first + 2;
    link.textContent = `${first + 1} – ${last}`;
    link.href = this.#query({ page: Math.floor(first / this.perPage) + 1 }).search;
    chunk.dataset.absent = "1";
    chunk.style.setProperty("--rows", last - first);
    chunk.replaceChildren(row);
    return chunk;
  }

  #prepare(chunk) {
    for (const row of chunk.rows) row.draggable = true;
  }

  // -- coming and going -------------------------------------------------------------------------
  #approached(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && target.dataset.absent) this.#near.add(target);
      else this.#near.delete(target);
    }
    this.#work();
  }

  #left(entries) {
    if (!this.table.isConnected) return;
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting || target.dataset.absent || target.contains(document.activeElement)) continue;
      this.#empty(target);
    }
  }

  async #work() {
    if (this.#working) return;
    this.#working = true;
    while (this.#near.size && this.table.isConnected) {
      const near = [...this.#near];
      const filled = await this.#fill(near[near.length >> 1]);
      if (!filled) break;
    }
    this.#working = false;
  }

  async #fill(chunk) {
    const page = Math.floor(Number(chunk.dataset.first) / this.perPage) + 1;
    const come = await this.#page(page);
    for (const [first, rows] of come) {
      const target = this.chunks[first / this.perChunk];
      if (!target.dataset.absent || (target !== chunk && !this.#near.has(target))) continue;
      if (target !== chunk) await idle();
      this.#put(target, rows);
    }
    return !chunk.dataset.absent;
  }

  #put(chunk, rows) {
    this.#near.delete(chunk);
    if (!chunk.dataset.absent) return;
    const held = chunk.contains(document.activeElement);
    delete chunk.dataset.absent;
    chunk.replaceChildren(...rows);
    this.#prepare(chunk);
    begin(chunk);
    for (const told of this.#told) told(chunk);
    if (held) chunk.querySelector(".name a")?.focus({ preventScroll: true });
  }

  // The chunks of a page of the folder, by their first index; none where it cannot be fetched.
  #page(page) {
    if (!this.#coming.has(page)) this.#coming.set(page, this.#fetched(page).finally(() => this.#coming.delete(page)));
    return this.#coming.get(page);
  }

  async #fetched(page) {
    const answer = await fetch(this.#query({ part: "rows", page })).catch(() => null);
    if (!answer?.ok) return lost(), [];
    const parsed = new DOMParser().parseFromString(`<table>${await answer.text()}</table>`, "text/html");
    return [...parsed.querySelectorAll("tbody")].map((chunk) => [Number(chunk.dataset.first), [...chunk.rows]]);
  }

  // -- links ------------------------------------------------------------------------------------
  #follow(event) {
    const link = event.target.closest("tbody a");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.closest(".absent")) return this.#reached(link);
    const at = link.closest("tr").querySelector(".name a").id.slice(2);
    history.replaceState({ htmx: true }, "", this.#query({ at })); // the way back leads to this row
    go(link.getAttribute("href"));
  }

  #reached(element) {
    const chunk = element.closest(".chunk[data-absent]");
    if (chunk) this.#fill(chunk);
  }
}
