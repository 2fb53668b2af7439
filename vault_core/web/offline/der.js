// DER, one element after the other; keys and signatures as WebCrypto wants them.
import { Refused, fromHex, joined, same } from "./bytes.js";

export function tlv(tag, content) {
  const length = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = content.length < 128 ? [content.length] : [128 | length.length, ...length];
  return joined(Uint8Array.from([tag, ...head]), content);
}

export class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  get ended() {
    return this.at >= this.data.length;
  }

  one(tag) {
    const { data } = this;
    let length = data[this.at + 1];
    let start = this.at + 2;
    if (data[this.at] !== tag || length === undefined) throw new Refused("seal_form");
    if (length >= 128) {
      const size = length & 127;
      if (size < 1 || size > 3) throw new Refused("seal_form");
      length = data.subarray(start, start + size).reduce((sum, byte) => sum * 256 + byte, 0);
      start += size;
    }
    if (start + length > data.length) throw new Refused("seal_form");
    this.at = start + length;
    return data.subarray(start, this.at);
  }

  comes(tag) {
    return this.data[this.at] === tag;
  }

  skip(expected) {
    if (!same(this.data.subarray(this.at, this.at + expected.length), expected)) throw new Refused("seal_form");
    this.at += expected.length;
  }
}

// WebCrypto wants r and s side by side, signatures have them as a DER sequence of integers.
export function raw(signature, size) {
  const pair = new Reader(new Reader(signature).one(0x30));
  const numbers = [pair.one(0x02), pair.one(0x02)];
  if (!pair.ended || numbers.some((number) => number.length > size + 1)) throw new Refused("seal_form");
  return joined(...numbers.map((number) => {
    const digits = number.length === size + 1 ? number.subarray(1) : number;
    return joined(new Uint8Array(size - digits.length), digits);
  }));
}

// RFC 5280, section 4.1: what is signed, by whom, whose it is, its key, and the signature.
export function certificateFields(certificate) {
  const whole = new Reader(new Reader(certificate).one(0x30));
  const signed = tlv(0x30, whole.one(0x30));
  const body = new Reader(new Reader(signed).one(0x30));
  body.one(0xa0);
  const serial = body.one(0x02);
  body.one(0x30);
  const issuer = body.one(0x30);
  const period = body.one(0x30);
  const subject = body.one(0x30);
  const key = tlv(0x30, body.one(0x30));
  const algorithm = new Reader(whole.one(0x30)).one(0x06);
  return { signed, serial, issuer, period, subject, key, algorithm, signature: whole.one(0x03).subarray(1) };
}

const RSA_KEY = fromHex("2a864886f70d010101");
const EC_KEY = fromHex("2a8648ce3d0201");
const CURVES = [
  [fromHex("2a8648ce3d030107"), "P-256", 32],
  [fromHex("2b81040022"), "P-384", 48],
  [fromHex("2b81040023"), "P-521", 66],
];

// Whether a key (SubjectPublicKeyInfo), RSA or of a curve of NIST's, signed; `hash` as WebCrypto names it.
export async function signedBy(key, hash, signature, data) {
  const algorithm = new Reader(new Reader(new Reader(key).one(0x30)).one(0x30));
  const kind = algorithm.one(0x06);
  if (same(kind, RSA_KEY)) {
    const rsa = { name: "RSASSA-PKCS1-v1_5", hash };
    return crypto.subtle.verify(rsa, await crypto.subtle.importKey("spki", key, rsa, false, ["verify"]), signature, data);
  }
  const named = same(kind, EC_KEY) ? algorithm.one(0x06) : null;
  const curve = CURVES.find(([oid]) => named !== null && same(oid, named));
  if (curve === undefined) throw new Refused("seal_form");
  const ec = { name: "ECDSA", namedCurve: curve[1], hash };
  const imported = await crypto.subtle.importKey("spki", key, ec, false, ["verify"]);
  return crypto.subtle.verify(ec, imported, raw(signature, curve[2]), data);
}
