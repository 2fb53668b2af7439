// Prints C2SP's test vectors for age (npm's cctv-age): name and base64 of each, one a line.
import * as vectors from "cctv-age";

for (const [name, data] of Object.entries(vectors)) {
  console.log(name, Buffer.from(data).toString("base64"));
}
