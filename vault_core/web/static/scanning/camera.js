// Pictures of barcodes, from the camera or from a file. Reading them is the caller's: `decode` gets
// an ImageData and promises the texts of the codes on it, `wanted` makes of the texts what is looked
// for, or null.
const VIDEO = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
const BETWEEN = 60; // milliseconds, in which a telephone does other things
const WIDEST = 4096; // pixels of a photograph

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

// The first thing wanted that the camera sees, shown in `video` meanwhile; null once `signal` aborts.
// Rejects as getUserMedia does where there is no camera, or none is allowed.
export async function watchCamera(video, decode, wanted, signal) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: VIDEO });
  try {
    video.srcObject = stream;
    await video.play();
    while (!signal.aborted) {
      const found = wanted(await decode(pixelsOf(video, video.videoWidth, video.videoHeight)));
      if (found !== null) return signal.aborted ? null : found;
      await new Promise((done) => setTimeout(done, BETWEEN));
    }
    return null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    if (video.srcObject === stream) video.srcObject = null;
  }
}

// The texts of the codes on a picture. Rejects if it is none.
export async function lookAtPicture(file, decode) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
  return decode(pixelsOf(picture, Math.round(picture.width * scale), Math.round(picture.height * scale)));
}

function pixelsOf(source, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
