// Uploads a file as any program would: `node upload.mjs ENDPOINT TOKEN FILE PATH`.
// Says how far it is, one line a step, and whether it goes on or begins anew.
import fs from "node:fs";
import { Upload } from "tus-js-client";

const [endpoint, token, file, path] = process.argv.slice(2);
let told = -1;
const say = (...words) => process.stdout.write(`${words.join(" ")}\n`);

const upload = new Upload(fs.createReadStream(file), {
  endpoint,
  headers: { Authorization: `Bearer ${token}` },
  metadata: { path, filetype: "application/octet-stream" },
  retryDelays: Array(120).fill(500),
  onShouldRetry: (error) => {
    say("retry", error.originalResponse?.getStatus() ?? "no answer");
    return true;
  },
  onBeforeRequest: (request) => say(request.getMethod(), request.getHeader("Upload-Offset") ?? ""),
  onProgress: (sent, total) => {
    const step = Math.floor((10 * sent) / total);
    if (step > told) say("sent", step);
    told = Math.max(told, step);
  },
  onSuccess: () => say("done", upload.url),
  onError: (error) => {
    say("failed", error.message);
    process.exitCode = 1;
  },
});
upload.start();
