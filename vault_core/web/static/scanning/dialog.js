// The dialog that looks for a code: with the camera while it is open, or on a photograph.
import { hasCamera, lookAtPicture, watchCamera } from "./camera.js";

const PATIENCE = 8000; // milliseconds that a camera reads nothing before how to hold a code is told

// `accept` gets the texts of a picture: it answers what to hand to `use`, or null; it may `tell` why.
// `say` gives the sentences: look, late, reading, nothing, denied, none.
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
      this.finish(await watchCamera(this.video, this.decode, this.seen(), watching.signal));
    } catch (error) {
      if (watching.signal.aborted) return;
      this.video.hidden = true;
      this.tell(error.name === "NotAllowedError" ? "denied" : "none");
    }
  }

  // What `accept` says of each picture of the camera.
  seen() {
    let begun = null;
    let late = false;
    return (texts) => {
      begun ??= performance.now();
      if (!late && texts.length === 0 && performance.now() - begun > PATIENCE) {
        late = true;
        if (this.status.textContent === this.say("look")) this.tell("late");
      }
      return this.accept(texts);
    };
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
      let read = false;
      const found = await lookAtPicture(file, this.decode, (texts) => {
        read ||= texts.length > 0;
        return this.accept(texts);
      });
      if (read) this.finish(found);
      else this.tell("nothing");
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
