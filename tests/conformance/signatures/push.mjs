// Pushes a file as an issuer's program would, signed by one of two implementations of RFC 9421:
// `node push.mjs LIBRARY KEY.pem KEYID PUBLIC_URL SERVER_URL FILE`. Prints status and answer.
import { createHash, createPrivateKey, randomUUID, webcrypto } from "node:crypto";
import fs from "node:fs";
import { appendSignature, createSignature, webcrypto as providers } from "http-message-sig";
import signatures from "http-message-signatures";

const [library, pem, keyid, publicUrl, serverUrl, file] = process.argv.slice(2);
const target = "/api/v1/batches?type=bac&name=node";
const body = fs.readFileSync(file);
const fields = {
  "content-type": "text/csv",
  "content-digest": `sha-512=:${createHash("sha512").update(body).digest("base64")}:`,
  "idempotency-key": randomUUID(),
};
const covered = ["@method", "@target-uri", ...Object.keys(fields)];
const created = Math.floor(Date.now() / 1000);
const nonce = randomUUID();

async function byMessageSig() {
  const raw = createPrivateKey(fs.readFileSync(pem)).export({ type: "pkcs8", format: "der" });
  const key = await webcrypto.subtle.importKey("pkcs8", raw, "Ed25519", false, ["sign"]);
  const signer = providers.signer(key);
  const request = new Request(publicUrl + target, { method: "POST", headers: fields });
  const parameters = { created, keyid, nonce, alg: signer.algorithm };
  const made = await createSignature(request, { label: "sig1", components: covered, parameters, signer });
  return Object.fromEntries(appendSignature(request.headers, made));
}

async function byMessageSignatures() {
  const key = signatures.createSigner(fs.readFileSync(pem), "ecdsa-p256-sha256", keyid);
  const { headers } = await signatures.httpbis.signMessage(
    {
      key, fields: covered, params: ["created", "expires", "keyid", "nonce", "alg"],
      paramValues: { nonce },
    },
    { method: "POST", url: publicUrl + target, headers: fields },
  );
  return headers;
}

const ways = { "http-message-sig": byMessageSig, "http-message-signatures": byMessageSignatures };
const headers = await ways[library]();
const answer = await fetch(serverUrl + target, { method: "POST", headers, body });
process.stdout.write(`${answer.status} ${await answer.text()}\n`);
