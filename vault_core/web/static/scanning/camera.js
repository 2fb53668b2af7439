// Pictures of barcodes, from the camera or from a file. Reading them is the caller's: `decode` gets
// an ImageData and promises the texts of the codes on it, `wanted` makes of the texts what is looked
// for, or null.
const VIDEO = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
const BETWEEN = 60; // milliseconds, in which a telephone does other things
const WIDEST = 4096; // pixels of a photograph
// Sizes in turn, of a picture's own. Of a hundred 2D-Docs the reader takes two to six for symbols of
// other dimensions, however often it looks at the same picture; at another size it reads them.
const SIZES = [1, 0.75, 0.5];

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// The first thing wanted that the camera sees, shown in `video` meanwhile; null once `signal` aborts.
// Rejects as getUserMedia does where there is no camera, or none is allowed.
export async function watchCamera(video, decode, wanted, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: VIDEO });
  try {
    video.srcObject = stream;
    await video.play();
    for (let turn = 0; !signal.aborted; turn += 1) {
      const size = SIZES[turn % SIZES.length];
      const found = wanted(await decode(pixelsOf(video, video.videoWidth * size, video.videoHeight * size)));
      if (found !== null) return signal.aborted ? null : found;
      await new Promise((done) => setTimeout(done, BETWEEN));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  }
}

// The first thing wanted on a picture, or null. Rejects if it is none.
export async function lookAtPicture(file, decode, wanted) {
  const picture = await createImageBitmap(file);
  const whole = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
  for (const size of SIZES) {
    const found = wanted(await decode(pixelsOf(picture, picture.width * whole * size, picture.height * whole * size)));
    if (found !== null) return found;
  }
  return null;
}

function pixelsOf(source, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width));
  canvas.height = Math.max(1, Math.round(height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
