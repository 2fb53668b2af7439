// The dialog that looks for a code: with the camera while it is open, or on a photograph.
import { hasCamera, lookAtPicture, watchCamera } from "./camera.js";

// `accept` gets the texts of a picture: it answers what to hand to `use`, or null; it may `tell` why.
// `say` gives the sentences: look, reading, nothing, denied, none.
export class ScanDialog {
  constructor(dialog, { decode, accept, use, say }) {
    Object.assign(this, { dialog, decode, accept, use, say });
    this.status = dialog.querySelector("[role=status]");
    this.video = dialog.querySelector("video");
    dialog.addEventListener("close", () => this.watching?.abort());
    dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
    dialog.querySelector("input").addEventListener("change", ({ target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) this.look(file);
    });
  }

  tell(name) {
    const sentence = this.say(name);
    if (this.status.textContent !== sentence) this.status.textContent = sentence;
  }

  async open() {
    const watching = new AbortController();
    this.watching = watching;
    this.show(hasCamera(), hasCamera() ? "look" : "none");
    if (!hasCamera()) return;
    try {
      this.finish(await watchCamera(this.video, this.decode, (texts) => this.accept(texts), watching.signal));
    } catch (error) {
      if (watching.signal.aborted) return;
      this.video.hidden = true;
      this.tell(error.name === "NotAllowedError" ? "denied" : "none");
    }
  }

  show(withVideo, name) {
    this.video.hidden = !withVideo;
    this.tell(name);
    this.dialog.showModal();
  }

  // A photograph, chosen here or dropped elsewhere.
  async look(file) {
    if (this.dialog.open) this.tell("reading");
    else this.show(false, "reading");
    try {
      const texts = await lookAtPicture(file, this.decode);
      if (texts.length === 0) this.tell("nothing");
      else this.finish(this.accept(texts));
    } catch {
      this.tell("nothing");
    }
  }

  // What is found once the reader has closed the dialog is not wanted any more.
  finish(found) {
    if (found === null || !this.dialog.open) return;
    this.dialog.close();
    this.use(found);
  }
}
