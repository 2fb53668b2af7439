// Reads the barcodes on a picture, beside the page: under a policy of its own, for only this script
// may run WebAssembly (see vault_core/web/assets.py).
importScripts("../vendor/zxing/zxing_reader.js", "decoding.js");

ZXingWASM.prepareZXingModule({
  overrides: { locateFile: (name) => new URL(`../vendor/zxing/${name}`, self.location.href).href },
});
self.addEventListener("message", async ({ data: { id, width, height, pixels } }) => {
  try {
    self.postMessage({ id, texts: await textsOn(new ImageData(pixels, width, height)) });
  } catch (error) {
    self.postMessage({ id, texts: [], error: String(error) });
  }
});
