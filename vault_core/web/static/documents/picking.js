// Picking what lies in a folder: boxes, clicks with Shift and Ctrl, and the keyboard.
import { go } from "../navigation.js";
import { openSheet } from "./sheet.js";

const BOX = "input[name=item]";
const rowOf = (element) => element.closest?.("tr[data-kind]");
const boxOf = (row) => row.querySelector(BOX);
const rowsOf = (form) => [...form.querySelectorAll("tr[data-kind]")];
const focusRow = (row) => row?.querySelector(".name a").focus();

class Picking {
  constructor(form) {
    this.form = form;
    this.bar = form.querySelector(".selection");
    this.all = form.querySelector("[data-pick-all] input");
    this.anchor = null;
  }

  get boxes() { return [...this.form.querySelectorAll(BOX)]; }
  get picked() { return this.boxes.filter((box) => box.checked); }

  tell() {
    const boxes = this.boxes;
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) rowOf(box).classList.toggle("picked", box.checked);
    const text = this.bar.querySelector(".how-many");
    this.bar.classList.toggle("idle", count === 0);
    this.form.classList.toggle("picking", count > 0);
    text.hidden = false;
    text.textContent = count ? (count < 2 ? text.dataset.one : text.dataset.many).replace("#", count) : "";
    this.bar.querySelector("[data-single]").hidden = count !== 1;
    this.all.checked = count > 0 && count === boxes.length;
    this.all.indeterminate = count > 0 && count < boxes.length;
  }

  only(row) {
    for (const box of this.boxes) box.checked = false;
    if (row) boxOf(row).checked = true;
    this.anchor = row;
    this.tell();
  }

  toggle(row) {
    boxOf(row).checked = !boxOf(row).checked;
    this.anchor = row;
    this.tell();
  }

  // From the last row that was picked alone to this one, in place of what was picked.
  through(row) {
    const rows = rowsOf(this.form);
    const [from, to] = [rows.indexOf(this.anchor ?? row), rows.indexOf(row)].sort((a, b) => a - b);
    rows.forEach((one, at) => { boxOf(one).checked = at >= Math.max(from, 0) && at <= to; });
    this.tell();
  }

  everything(checked) {
    for (const box of this.boxes) box.checked = checked;
    this.tell();
  }
}

function act(picking, name) {
  const button = picking.bar.querySelector(`[data-act=${name}]`);
  picking.form.requestSubmit(button);
}

function onSubmit(picking, event) {
  const button = event.submitter;
  if (!button?.dataset.act) return;
  event.preventDefault();
  const names = picking.picked.map((box) => box.value);
  if (!names.length) return;
  const target = button.getAttribute("formaction");
  if (button.dataset.act === "delete") go(target, { csrf: picking.form.elements.csrf.value, item: names });
  else openSheet(`${target}?${new URLSearchParams(names.map((name) => ["item", name]))}`);
}

function onClick(picking, event) {
  const row = rowOf(event.target);
  if (!row || event.target.closest("a, label, button")) {
    if (row && event.shiftKey && event.target.closest("label")) return;
    return;
  }
  if (event.shiftKey) picking.through(row);
  else if (event.ctrlKey || event.metaKey) picking.toggle(row);
  else picking.only(row);
  focusRow(row);
}

function step(picking, row, by, event) {
  const rows = rowsOf(picking.form);
  const next = rows[Math.min(Math.max(rows.indexOf(row) + by, 0), rows.length - 1)];
  event.preventDefault();
  if (event.shiftKey) {
    picking.anchor ??= row;
    picking.through(next);
  }
  focusRow(next);
}

function perRow(form) {
  if (!form.querySelector(".listing.grid")) return 1;
  const rows = rowsOf(form);
  const first = rows[0].offsetTop;
  return Math.max(1, rows.findIndex((row) => row.offsetTop !== first));
}

function onKey(picking, event) {
  const row = rowOf(event.target);
  if (!row) return;
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  const moves = { ArrowDown: perRow(picking.form), ArrowUp: -perRow(picking.form), ArrowRight: 1, ArrowLeft: -1, Home: -1e9, End: 1e9 };
  if (plain && event.key in moves) step(picking, row, moves[event.key], event);
  else if (plain && event.key === " " && !event.target.matches("input, button")) {
    event.preventDefault();
    picking.toggle(row);
  } else if (plain && ["F2", "Delete", "m"].includes(event.key)) {
    event.preventDefault();
    if (event.key === "F2" || !picking.picked.length) picking.only(row);
    act(picking, { F2: "rename", Delete: "delete", m: "move" }[event.key]);
  } else if (event.key === "Escape") picking.everything(false);
  else if ((event.ctrlKey || event.metaKey) && event.key === "a") {
    event.preventDefault();
    picking.everything(true);
  }
}

// Outside of the list: an arrow goes into it, Ctrl+Z takes back what was just done.
function onPageKey(place, form, event) {
  if (!place.isConnected || event.target.closest("input, textarea, select, dialog")) return;
  if (event.key === "ArrowDown" && !rowOf(event.target) && !event.target.closest("details, .tray")) {
    event.preventDefault();
    focusRow(rowsOf(form)[0]);
  }
}

function undoKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.target.closest("input, textarea")) return;
  const button = document.querySelector("[data-undo]");
  if (!button) return;
  event.preventDefault();
  button.click();
}
document.addEventListener("keydown", undoKey);

export function picking(place, form) {
  const found = new Picking(form);
  form.querySelector("[data-pick-all]").hidden = false;
  form.querySelector("[data-unpick]").hidden = false;
  place.querySelector(".keys").hidden = matchMedia("(pointer: coarse)").matches;
  form.addEventListener("change", (event) => {
    if (event.target === found.all) found.everything(found.all.checked);
    else if (event.target.matches(BOX)) found.anchor = rowOf(event.target);
    found.tell();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-unpick]")) found.everything(false);
    else onClick(found, event);
  });
  form.addEventListener("submit", (event) => onSubmit(found, event));
  form.addEventListener("keydown", (event) => onKey(found, event));
  const onPage = (event) => (place.isConnected ? onPageKey(place, form, event) : document.removeEventListener("keydown", onPage));
  document.addEventListener("keydown", onPage);
  // The next page of a long folder comes into place below: the row that asked for it goes.
  form.addEventListener("htmx:afterSwap", () => {
    for (const rest of [...form.querySelectorAll(".rest")].slice(0, -1)) rest.remove();
    const loaded = rowsOf(form).length;
    const rests = form.querySelectorAll(".rest");
    if (rests.length === 1 && loaded >= Number(form.querySelector("table").ariaRowCount) - 1) rests[0].remove();
    if (form.querySelector(`${BOX}:checked`)) found.tell();
  });
  found.tell();
}
