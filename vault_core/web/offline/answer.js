// From bytes to one answer: verdict, fault, and what may be shown.
import { Refused, fromUtf8, latin1 } from "./bytes.js";
import { checkCredential } from "./credential.js";
import { checkPdf } from "./pdf.js";
import { checkDisclosure, isDisclosure } from "./selective.js";
import { checkTwoDDoc, scanned } from "./twoddoc.js";

const GENUINE = { expired: "expired", replaced: "replaced", revoked: "revoked", suspended: "suspended", no_status: "unproven" };

// Never throws: what cannot be read is refused. `largest` is how many bytes a PDF may have.
export async function answerTo(bytes, trust, now, longest, largest) {
  try {
    const start = latin1(bytes.subarray(0, 200)).trimStart();
    if (start.startsWith("DC")) {
      const { issuer, fields } = await checkTwoDDoc(scanned(fromUtf8(bytes)), trust, longest);
      return { verdict: "unproven", fault: null, issuer, fields };
    }
    const check = start.startsWith("{") ? checkCredential : isDisclosure(start, bytes) ? checkDisclosure : checkPdf;
    const result = await check(bytes, trust, now, largest);
    const verdict = result.fault === null ? "valid" : (GENUINE[result.fault.fault] ?? "refused");
    return verdict === "refused" ? { verdict, fault: result.fault } : { verdict, ...result };
  } catch (error) {
    return { verdict: "refused", fault: error instanceof Refused ? error : new Refused("damaged") };
  }
}
