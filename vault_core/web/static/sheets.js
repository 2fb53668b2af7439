// A PDF's pages, drawn one below the other as they come into sight, by pdf.js.
import * as pdfjs from "./vendor/pdfjs/pdf.min.mjs";

pdfjs.GlobalWorkerOptions.workerSrc = new URL("./vendor/pdfjs/pdf.worker.min.mjs", import.meta.url).href;

async function draw(place, sheet, canvas) {
  const wide = Math.min(place.clientWidth, 1100) * Math.min(window.devicePixelRatio, 2);
  const viewport = sheet.getViewport({ scale: wide / sheet.getViewport({ scale: 1 }).width });
  canvas.width = Math.floor(viewport.width);
  canvas.height = Math.floor(viewport.height);
  await sheet.render({ canvas, viewport }).promise;
  canvas.dataset.drawn = "";
}

async function show(place) {
  const words = place.dataset;
  const file = await pdfjs.getDocument({
    url: words.sheets, isEvalSupported: false, enableXfa: false, useWasm: false, useSystemFonts: true,
  }).promise;
  const sight = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      file.getPage(Number(target.dataset.number)).then((sheet) => draw(place, sheet, target));
    }
  }, { rootMargin: "600px" });
  const first = (await file.getPage(1)).getViewport({ scale: 1 });
  const sheets = [];
  for (let number = 1; number <= file.numPages; number += 1) {
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(place.clientWidth, 1100);
    canvas.height = canvas.width * first.height / first.width;
    canvas.dataset.number = number;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", words.page.replace("##", file.numPages).replace("#", number));
    sheets.push(canvas);
  }
  place.replaceChildren(...sheets);
  for (const canvas of sheets) sight.observe(canvas);
}

export function begin(place) {
  show(place).catch(() => place.prepend(Object.assign(document.createElement("p"), { textContent: place.dataset.failed })));
}
