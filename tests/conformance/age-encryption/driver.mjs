// Drives npm's age-encryption, an independent implementation that knows the hybrid recipient.
//   node driver.mjs generate [hybrid|x25519]     an identity and its recipient, one a line
//   node driver.mjs encrypt RECIPIENT…           standard input to standard output
//   node driver.mjs decrypt IDENTITY             likewise
//   node driver.mjs encrypt-passphrase WORD N    with work factor N
//   node driver.mjs decrypt-passphrase WORD
import { readFileSync, writeSync } from "node:fs";
import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";

const [command, ...words] = process.argv.slice(2);

async function run() {
  if (command === "generate") {
    const make = words[0] === "x25519" ? generateX25519Identity : generateHybridIdentity;
    const identity = await make();
    return Buffer.from(`${identity}\n${await identityToRecipient(identity)}\n`);
  }
  const input = new Uint8Array(readFileSync(0));
  if (command.startsWith("encrypt")) {
    const encrypter = new Encrypter();
    if (command === "encrypt") {
      words.forEach((recipient) => encrypter.addRecipient(recipient));
    } else {
      encrypter.setPassphrase(words[0]);
      encrypter.setScryptWorkFactor(Number(words[1]));
    }
    return encrypter.encrypt(input);
  }
  const decrypter = new Decrypter();
  if (command === "decrypt") decrypter.addIdentity(words[0]);
  else decrypter.addPassphrase(words[0]);
  return decrypter.decrypt(input);
}

const output = await run();
for (let at = 0; at < output.length; ) at += writeSync(1, output, at);
