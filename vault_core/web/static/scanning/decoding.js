// What is read, and how: QR codes and DataMatrix symbols, byte for byte. The reader's own text
// spells the separators of a 2D-Doc in words, and what is signed are bytes.
const READING = { formats: ["QRCode", "DataMatrix"], maxNumberOfSymbols: 8 };

async function textsOn(picture) {
  const found = await ZXingWASM.readBarcodes(picture, READING);
  return found.filter((one) => one.isValid).map((one) => String.fromCharCode(...one.bytes));
}
