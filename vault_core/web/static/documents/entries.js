// Files with their paths, from an input or from what was dropped, whole folders included.

export const filesOf = (list) => [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

async function below(entry, above) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: above + entry.name }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return found;
    for (const one of some) found.push(...await below(one, `${above}${entry.name}/`));
  }
}

export async function dropped(transfer) {
  // The entries are there only as long as the event runs: taken before anything is awaited.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return filesOf(transfer.files);
  const found = [];
  for (const entry of entries) found.push(...await below(entry, ""));
  return found;
}
