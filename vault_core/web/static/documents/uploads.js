// The tray of uploads: three at a time, each with its progress, to be paused, resumed, cancelled.
import { sure } from "../asking.js";
import { go } from "../navigation.js";
import { Transfer } from "./transfer.js";

const AT_ONCE = 3;
const SHOWN = 300; // lines; of more files only the total is told
const tray = document.querySelector("#tray");
const words = tray.dataset;
const list = tray.querySelector("#tray-list");
const template = tray.querySelector("template");
const part = (name) => tray.querySelector(`[data-tray=${name}]`);
const queue = [];
const language = document.documentElement.lang;
const units = words.units.split(" ");

function size(bytes) {
  let value = bytes, unit = 0;
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
  const digits = unit && value < 99.95 ? 1 : 0;
  return `${value.toLocaleString(language, { maximumFractionDigits: digits })}\u00a0${units[unit]}`;
}

class Upload {
  constructor(folder, { file, path }) {
    Object.assign(this, { folder, file, path, sent: 0, state: "waiting", line: null, problem: "", kept: "" });
    this.transfer = new Transfer(folder, file, path, (sent) => { this.sent = sent; draw(); });
  }

  async run() {
    this.become("sending");
    try {
      this.kept = (await this.transfer.run()) ?? "";
      this.sent = this.file.size;
      this.become("done");
    } catch (error) {
      if (this.state !== "sending") return; // paused or cancelled meanwhile
      this.problem = error.sentence ?? words.failed;
      this.become("failed");
    }
  }

  pause() {
    if (!["sending", "waiting"].includes(this.state)) return;
    const running = this.state === "sending";
    this.become("paused");
    if (running) this.transfer.pause();
  }

  resume() { if (["paused", "failed"].includes(this.state)) this.become("waiting"); }

  cancel() {
    if (this.state === "done") return;
    this.become("cancelled");
    this.transfer.cancel();
  }

  become(state) {
    this.state = state;
    this.show();
    draw();
  }

  show() {
    if (!this.line) return;
    const line = this.line;
    const over = ["done", "cancelled"].includes(this.state);
    line.dataset.state = this.state;
    line.querySelector("progress").hidden = over;
    line.querySelector("[data-one=pause]").hidden = !["sending", "waiting"].includes(this.state);
    line.querySelector("[data-one=resume]").hidden = !["paused", "failed"].includes(this.state);
    line.querySelector("[data-one=cancel]").hidden = over;
  }

  text() {
    if (this.state === "sending") return `${size(this.sent)} / ${size(this.file.size)}`;
    if (this.state === "failed") return this.problem;
    const renamed = this.state === "done" && this.kept && this.kept !== this.path.split("/").at(-1).normalize();
    return renamed ? words.doneAs.replace("#name", () => this.kept) : words[this.state];
  }
}

function lineFor(upload) {
  const line = template.content.firstElementChild.cloneNode(true);
  line.querySelector(".file").textContent = upload.path;
  line.querySelector("progress").setAttribute("aria-label", upload.path);
  for (const button of line.querySelectorAll("[data-one]")) {
    const act = button.dataset.one;
    button.setAttribute("aria-label", `${words[act]} : ${upload.path}`);
    button.title = words[act];
    button.addEventListener("click", () => {
      upload[act]();
      work();
    });
  }
  upload.line = line;
  list.append(line);
  upload.show();
}

// -- the whole ----------------------------------------------------------------------------------
const open = (upload) => ["waiting", "sending", "paused"].includes(upload.state);
const meter = tray.querySelector(".tray-total progress");
let drawing = 0;

function draw() {
  drawing ||= requestAnimationFrame(() => {
    drawing = 0;
    const counted = queue.filter((upload) => upload.state !== "cancelled");
    const total = counted.reduce((sum, upload) => sum + upload.file.size, 0);
    const sent = counted.reduce((sum, upload) => sum + upload.sent, 0);
    const done = counted.filter((upload) => upload.state === "done").length;
    meter.max = Math.max(1, total);
    meter.value = total ? sent : 1;
    tray.querySelector("[data-total]").textContent = words.title
      .replace("#done", done).replace("#count", counted.length).replace("#sent", size(sent)).replace("#size", size(total));
    for (const upload of queue) {
      if (!upload.line) continue;
      upload.line.querySelector(".state").textContent = upload.text();
      upload.line.querySelector("progress").value = upload.file.size ? upload.sent / upload.file.size : 0;
    }
    part("pause").hidden = !queue.some((upload) => ["waiting", "sending"].includes(upload.state));
    part("resume").hidden = !queue.some((upload) => ["paused", "failed"].includes(upload.state));
  });
}

let told = 0; // uploads whose end was announced
function finish() {
  if (queue.some(open)) return;
  const failed = queue.filter((upload) => upload.state === "failed").length;
  const done = queue.filter((upload) => upload.state === "done").length;
  tray.dataset.over = failed ? "failed" : "done";
  if (done === told && !failed) return;
  told = done;
  document.querySelector("#announce").textContent = (failed ? words.someFailed : words.allDone).replace("#failed", failed).replace("#done", done);
  const here = document.querySelector("[data-folder]");
  const touched = queue.some((upload) => upload.state === "done" && upload.folder === here?.dataset.folder);
  if (here && touched && !document.querySelector("dialog[open]")) {
    go(`/files${here.dataset.folder === "/" ? "" : here.dataset.folder}/?done=uploaded`);
  }
}

let running = 0;
async function work() {
  while (running < AT_ONCE) {
    const next = queue.find((upload) => upload.state === "waiting");
    if (!next) break;
    running += 1;
    next.run().finally(() => {
      running -= 1;
      work();
      finish();
    });
  }
}

export function add(folder, files) {
  if (!files.length) return;
  if (!queue.some(open)) {
    queue.length = told = 0;
    list.replaceChildren();
  }
  tray.hidden = false;
  delete tray.dataset.over;
  for (const one of files) {
    const upload = new Upload(folder, one);
    queue.push(upload);
    if (list.childElementCount < SHOWN) lineFor(upload);
  }
  draw();
  work();
}

part("pause").addEventListener("click", () => { for (const upload of queue) upload.pause(); });
part("resume").addEventListener("click", () => {
  for (const upload of queue) upload.resume();
  work();
});
part("fold").addEventListener("click", () => {
  const folded = tray.classList.toggle("folded");
  part("fold").setAttribute("aria-expanded", String(!folded));
});
part("close").addEventListener("click", async () => {
  if (queue.some(open) && !(await sure(words.leave, [words.cancelAll], part("close")))) return;
  for (const upload of queue) if (open(upload)) upload.cancel();
  tray.hidden = true;
});
addEventListener("beforeunload", (event) => {
  if (queue.some((upload) => open(upload))) event.preventDefault();
});
addEventListener("online", () => {
  for (const upload of queue) if (upload.state === "failed") upload.resume();
  work();
});
