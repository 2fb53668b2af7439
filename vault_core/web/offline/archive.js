// Revisions after the seal that archive it: evidence under a document timestamp, nothing else.
//
// See vault_core/issuing/seals/archive.py. A revision may add evidence and its timestamp, name both in
// the catalog and the page, and change nothing that is shown. The timestamp is held against the
// bytes before it, and to the key that signed it.
import { Refused, fromHex, joined, same, sha256 } from "./bytes.js";
import { Reader, tlv } from "./der.js";
import { checkToken } from "./stamp.js";

const MOST = 5;
const END = "%%EOF\n";
const OBJECT = /(\d+) 0 obj\n/y;
const STREAM = /<<(?:\/Filter\/ASCIIHexDecode)?\/Length (\d+)>>\nstream\n/y;
const STORE = /<<\/Type\/DSS(?:\/(?:Certs|CRLs|OCSPs)\[[0-9 R]*\])*>>\nendobj\n/y;
const STAMP =
  /<<\/Type\/DocTimeStamp\/Filter\/Adobe\.PPKLite\/SubFilter\/ETSI\.RFC3161\/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]\/Contents<([0-9a-f]+)>>>\nendobj\n/y;
const FIELD =
  /<<\/Type\/Annot\/Subtype\/Widget\/FT\/Sig\/T\(Archive\d\)\/TU\(Horodatage d'archive \/ Archive timestamp\)\/F 132\/Rect\[-9 -9 -9 -9\]\/P \d+ 0 R\/V (\d+) 0 R>>\nendobj\n/y;
const TABLE =
  /xref\n((?:\d+ 1\n\d{10} 00000 n\r\n)+)trailer\n<<\/Size \d+\/Root (\d+) 0 R(?:\/Info \d+ 0 R)?\/Prev \d+\/ID\[<[0-9a-f]*><[0-9a-f]*>\]>>\nstartxref\n(\d+)\n%%EOF\n$/y;

// The bytes and their text as they were sealed.
export async function withoutArchives(bytes, text) {
  for (let count = 0; text.includes("/SubFilter/ETSI.RFC3161"); count += 1) {
    if (count === MOST) throw new Refused("added");
    const previous = [...text.matchAll(/\/Prev (\d+)\/ID\[/g)].at(-1);
    const end = previous ? text.indexOf(END, Number(previous[1])) + END.length : 0;
    if (end < END.length || end >= text.length) throw new Refused("added");
    await checkRevision(bytes, text, end);
    bytes = bytes.subarray(0, end);
    text = text.slice(0, end);
  }
  return { bytes, text };
}

async function checkRevision(bytes, text, start) {
  const before = text.slice(0, start);
  const size = Number([...before.matchAll(/\/Size (\d+)/g)].at(-1)?.[1]);
  const reader = { text, at: start, offsets: new Map() };
  let number = next(reader);
  for (let match; number >= size && (match = take(reader, STREAM)); number = next(reader)) {
    reader.at += Number(match[1]);
    pass(reader, "\nendstream\nendobj\n");
  }
  const store = fresh(number, size);
  need(reader, STORE);
  const signature = fresh(next(reader), size);
  const stamp = need(reader, STAMP);
  const field = fresh(next(reader), size);
  if (Number(need(reader, FIELD)[1]) !== signature) throw new Refused("added");
  changed(reader, before, (body) => body.replace(new RegExp(`(/Annots\\[[0-9 R]*) ${field} 0 R\\]`), "$1]"));
  const root = changed(reader, before, (body, old) => {
    const fields = body.replace(new RegExp(`(/AcroForm<</Fields\\[[0-9 R]*) ${field} 0 R\\]`), "$1]");
    const earlier = /\/DSS \d+ 0 R/.exec(old);
    const added = earlier ? "" : "/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>";
    return fields.replace(`/DSS ${store} 0 R${added}`, earlier ? earlier[0] : "");
  });
  const table = reader.at;
  const match = need(reader, TABLE);
  const rows = [...reader.offsets].sort(([a], [b]) => a - b);
  const written = rows.map(([one, at]) => `${one} 1\n${String(at).padStart(10, "0")} 00000 n\r\n`);
  if (match[1] !== written.join("") || Number(match[2]) !== root || Number(match[3]) !== table) throw new Refused("added");
  await checkStamp(bytes, stamp);
}

async function checkStamp(bytes, stamp) {
  const [start, end, rest] = stamp.slice(1, 4).map(Number);
  const opened = stamp.index + stamp[0].length - stamp[4].length - ">>>\nendobj\n".length - 1;
  if (start !== opened || end !== opened + stamp[4].length + 2 || end + rest !== bytes.length) {
    throw new Refused("not_covered");
  }
  const digest = await sha256(joined(bytes.subarray(0, start), bytes.subarray(end)));
  // what follows the token are zeros, to fill the room that was left for it
  const contents = fromHex(stamp[4]);
  const token = tlv(0x30, new Reader(contents).one(0x30));
  const filling = contents.subarray(token.length);
  if (!same(contents.subarray(0, token.length), token) || filling.some((byte) => byte !== 0)) throw new Refused("added");
  await checkToken(token, digest);
}

// The number of the object that comes next.
function next(reader) {
  const at = reader.at;
  const number = Number(need(reader, OBJECT)[1]);
  if (reader.offsets.has(number)) throw new Refused("added");
  reader.offsets.set(number, at);
  return number;
}

function fresh(number, size) {
  if (number < size) throw new Refused("added");
  return number;
}

// An object of the file, written anew: without what `undone` takes away it is as it was.
function changed(reader, before, undone) {
  const number = next(reader);
  const end = reader.text.indexOf("\nendobj\n", reader.at);
  const head = `\n${number} 0 obj\n`;
  const place = before.lastIndexOf(head);
  const body = reader.text.slice(reader.at, end);
  const old = before.slice(place + head.length, before.indexOf("\nendobj", place));
  const found = place < 0 || end < 0 ? null : undone(body, old);
  if (found !== old || body === old) throw new Refused("added");
  reader.at = end + "\nendobj\n".length;
  return number;
}

function take(reader, pattern) {
  pattern.lastIndex = reader.at;
  const match = pattern.exec(reader.text);
  if (match !== null) reader.at = pattern.lastIndex;
  return match;
}

function need(reader, pattern) {
  const match = take(reader, pattern);
  if (match === null) throw new Refused("added");
  return match;
}

function pass(reader, expected) {
  if (!reader.text.startsWith(expected, reader.at)) throw new Refused("added");
  reader.at += expected.length;
}
