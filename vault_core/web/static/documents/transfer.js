// One file on its way: in one request where it is small, else by tus in parts that outlive a lost
// connection, a pause and a reload of the page.
import { forget, known, remember } from "./interrupted.js";

const SMALL = 1_000_000; // bytes; below, sending anew costs no more than asking what arrived
const ENDPOINT = "/api/v1/uploads";
const csrf = () => document.querySelector("meta[name=csrf]").content;
const quoted = (path) => path.split("/").map(encodeURIComponent).join("/");
const below = (folder, path) => `${!folder || folder === "/" ? "" : folder}/${quoted(path)}`;

class Refused extends Error {
  constructor(sentence) {
    super(sentence);
    this.sentence = sentence;
  }
}

function sentenceOf(text) {
  try {
    const { title, detail } = JSON.parse(text);
    return detail ?? title;
  } catch {
    return undefined; // not ours: a proxy's page, or nothing
  }
}

// What the document of that id is called; undefined where that cannot be told.
async function nameOf(id) {
  const answer = id && (await fetch(`/api/v1/documents/${id}`).catch(() => null));
  return answer?.ok ? (await answer.json()).name : undefined;
}

function given(text) {
  try {
    return JSON.parse(text).name;
  } catch {
    return undefined;
  }
}

let library = null;
function tus() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("../vendor/tus/tus.min.js", import.meta.url).href;
    script.addEventListener("load", () => resolve(window.tus));
    script.addEventListener("error", () => { library = null; reject(new Error("tus")); });
    document.head.append(script);
  });
  return library;
}

export class Transfer {
  constructor(folder, file, path, progress) {
    Object.assign(this, { folder, file, path, progress, running: null });
  }

  // Gives the name that it is kept under, which is another one where its own was taken. What goes on
  // where it was interrupted (no folder) came by parts, and goes on so.
  run() { return this.#small ? this.#whole() : this.#parts(); }

  get #small() { return this.folder !== null && this.file.size < SMALL; }

  pause() {
    this.running?.abort();
    if (this.#small) this.progress(0);
  }

  cancel() {
    if (this.#small) this.running?.abort();
    else this.running?.abort(true).catch(() => {});
    if (this.running?.url) forget(this.running.url);
  }

  #whole() {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      this.running = request;
      request.open("POST", `/upload${this.folder}?path=${encodeURIComponent("/" + quoted(this.path))}`);
      request.setRequestHeader("X-CSRF-Token", csrf());
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => this.progress(event.loaded));
      request.addEventListener("loadend", () => {
        if (request.status === 201) resolve(given(request.responseText));
        else reject(new Refused(sentenceOf(request.responseText)));
      });
      request.send(this.file);
    });
  }

  async #parts() {
    const { Upload } = await tus();
    const url = await known(this.folder, this.file, this.path);
    return new Promise((resolve, reject) => {
      this.running = new Upload(this.file, {
        endpoint: ENDPOINT,
        uploadUrl: url,
        retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000, 40_000, 60_000],
        chunkSize: 64 * 1024 * 1024,
        storeFingerprintForResuming: false,
        headers: { "X-CSRF-Token": csrf() },
        metadata: { path: decodeURIComponent(below(this.folder, this.path)), filename: this.file.name, filetype: this.file.type },
        onUploadUrlAvailable: () => remember(this.folder, this.file, this.path, this.running.url),
        onProgress: (sent) => this.progress(sent),
        onSuccess: ({ lastResponse }) => {
          forget(this.running.url);
          resolve(nameOf(lastResponse?.getHeader("Parchemin-Document")));
        },
        onError: (error) => reject(new Refused(sentenceOf(error.originalResponse?.getBody()))),
      });
      this.running.start();
    });
  }
}
