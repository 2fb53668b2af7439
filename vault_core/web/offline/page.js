// The page: something is dropped, chosen or pasted, and the answer appears.
import { fromBase64, inflated, utf8 } from "./bytes.js";
import { answerTo } from "./answer.js";
import { codeIn, isTwoDDoc } from "../static/scanning/codes.js";
import { ScanDialog } from "../static/scanning/dialog.js";
import { checkSnapshot, sealedForTests } from "./trust.js";

const data = JSON.parse(document.querySelector("#data").textContent);
const language = navigator.language.startsWith("fr") ? "fr" : "en";
const TONES = { valid: "good", expired: "warn", replaced: "warn", suspended: "warn", unproven: "warn", early: "warn" };
const MOST_OF_READER = 4 * 1024 * 1024; // bytes
const SIGNS = { good: "✓", warn: "!", bad: "✕" };
let shown = language;
let last = null;

const say = (key, values = {}) => filled(data.messages[shown][key], values);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const dated = (at, style) => {
  const text = new Intl.DateTimeFormat(shown === "en" ? "en-GB" : shown, { dateStyle: "long", timeZone: "UTC", ...style }).format(new Date(at));
  return shown === "fr" ? text.replace(/^1 /, "1er ") : text; // as French writes the first of a month
};
const day = (at) => dated(at, {});
const minute = (at) => `${dated(at, { timeStyle: "short" })} UTC`;

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  return made;
}

function row(list, title, value) {
  if (value) list.append(element("dt", title), element("dd", value));
}

function sentence(answer) {
  if (answer.fault !== null) {
    const { fault, details } = answer.fault;
    return filled(data.faults[fault][shown], details.date ? { ...details, date: day(details.date) } : details);
  }
  if (answer.verdict !== "valid") return say("offline.twoddoc");
  const from = (answer.claims ?? answer.shown).from;
  return say(sealedForTests(answer.issuer, from) ? "offline.for-tests" : "offline.valid");
}

function head(answer) {
  const heading = answer.verdict === "refused" ? (data.kinds[answer.fault.fault] ?? "refused") : answer.verdict;
  const tone = TONES[heading] ?? "bad";
  const section = element("section", undefined, `verdict ${tone}`);
  const top = element("div", undefined, "head");
  const sign = element("span", SIGNS[tone], "sign");
  sign.setAttribute("aria-hidden", "true");
  const words = element("div");
  words.append(element("h2", say(`verify.verdict.${heading}`)), element("p", sentence(answer)));
  top.append(sign, words);
  section.append(top);
  return section;
}

function certificate(answer) {
  const { claims } = answer;
  const list = element("dl");
  const { subject } = claims;
  row(list, say("verify.who"), [...subject.givenNames, subject.familyName].join(" "));
  row(list, say("offline.born"), [day(subject.birthDate), subject.birthPlace].filter(Boolean).join(", "));
  row(list, say("verify.what"), claims.title[shown]);
  row(list, say("verify.by"), answer.issuer.name[shown]);
  if (claims.record.awardedOn) row(list, say("verify.awarded"), day(claims.record.awardedOn));
  row(list, say("verify.issued"), day(claims.from));
  if (claims.until !== null) row(list, say("verify.until"), day(claims.until));
  if (answer.dated) row(list, say("verify.stamped"), dating(answer.dated));
  for (const fact of claims.facts) row(list, fact.title[shown], fact.value[shown]);
  row(list, say("verify.id"), claims.id.slice("urn:uuid:".length));
  return list;
}

function dating({ at, name, known }) {
  return say(known ? "verify.stamped.known" : "verify.stamped.unknown", { date: minute(at), name });
}

// What its owner chose to show: an SD-JWT.
function proof({ shown: proven, issuer }) {
  const list = element("dl");
  row(list, say("verify.what"), proven.title[shown]);
  row(list, say("verify.by"), issuer.name[shown]);
  for (const [name, value] of proven.claims) row(list, data.messages[shown][`claim.${name}`] ?? name, claim(name, value));
  row(list, say("verify.issued"), day(proven.from));
  if (proven.until !== null) row(list, say("verify.until"), day(proven.until));
  for (const fact of proven.facts) row(list, fact.title[shown], fact.value[shown]);
  row(list, say("verify.id"), proven.id.replace("urn:uuid:", ""));
  const both = document.createDocumentFragment();
  both.append(list);
  if (proven.hidden) both.append(element("p", say("proof.hidden")));
  return both;
}

function claim(name, value) {
  const text = Array.isArray(value) ? value.join(" ") : String(value);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return day(text);
  return (name === "gender" && data.messages[shown][`claim.gender.${text}`]) || text;
}

function paper(answer) {
  const list = element("dl");
  row(list, say("verify.by"), answer.issuer.name[shown]);
  for (const [name, value] of Object.entries(answer.fields)) {
    row(list, data.fields[name]?.[shown] ?? name, value.replaceAll("/", ", "));
  }
  return list;
}

function draw() {
  document.documentElement.lang = shown;
  document.title = say("verify.title");
  for (const place of document.querySelectorAll("[data-say]")) place.textContent = say(place.dataset.say, values);
  const result = document.querySelector("#result");
  result.replaceChildren();
  if (last === null) return;
  const section = head(last);
  if (last.claims) section.append(certificate(last));
  if (last.shown) section.append(proof(last));
  if (last.fields) section.append(paper(last));
  section.append(element("p", say("offline.as-of", values), "soft"));
  result.append(section);
}

let values = {};

async function check(bytes) {
  last = await answerTo(bytes, data.snapshot, Date.now(), data.longest, data.largest);
  draw();
  document.querySelector("#result").focus();
}

// Reads the codes on a picture. What reads them is unpacked when something is scanned first.
let reader = null;

async function decode(picture) {
  reader ??= inflated(fromBase64(document.querySelector("#wasm").textContent), "gzip", MOST_OF_READER).then(
    (wasmBinary) => ZXingWASM.prepareZXingModule({ overrides: { wasmBinary } }),
  );
  await reader;
  return textsOn(picture);
}

function scanning() {
  const accept = (texts) => {
    const found = texts.find(isTwoDDoc) ?? null;
    if (found === null && texts.length > 0) dialog.tell(texts.some(codeIn) ? "qr" : "other");
    return found;
  };
  const sentences = { look: "offline.scan.look", qr: "offline.scan.qr" };
  const dialog = new ScanDialog(document.querySelector("#scanner"), {
    decode, accept, use: (text) => check(utf8(text)), say: (name) => say(sentences[name] ?? `verify.scan.${name}`),
  });
  document.querySelector("#scan").addEventListener("click", () => dialog.open());
  return dialog;
}

async function start() {
  const { snapshot } = data;
  values = { institution: snapshot.institution, date: day(snapshot.madeAt), key: data.key.split("#")[0] };
  draw();
  try {
    await checkSnapshot(snapshot, data.key);
  } catch (error) {
    last = { verdict: "refused", fault: error };
    draw();
    return;
  }
  const scanner = scanning();
  const take = async ([file]) => {
    if (file?.type.startsWith("image/")) await scanner.look(file);
    else if (file) await check(new Uint8Array(await file.arrayBuffer()));
  };
  document.querySelector("#file").addEventListener("change", (event) => take(event.target.files));
  document.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    await check(utf8(document.querySelector("#text").value));
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  document.querySelector("#language").addEventListener("click", () => {
    shown = shown === "fr" ? "en" : "fr";
    values.date = day(snapshot.madeAt);
    draw();
  });
  document.documentElement.dataset.ready = "yes";
}

start();
