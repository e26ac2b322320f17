// What a name means that somebody typed, as report/names.py has it.

const LONGEST_QUOTE = 40;
const CONTROL = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** The one of `names` that `text` means: itself, `text.name`, or the only one that ends in it. */
function resolveName(text, names, where) {
  if (names.has(text)) return text;
  if (names.has(`${text}.name`)) return `${text}.name`;
  const sorted = [...names].sort();
  const ends = sorted.filter((name) => name.endsWith(`.${text}`));
  if (ends.length === 1) return ends[0];
  const some = (list) => list.map(short).join(", ");
  if (ends.length) throw new Error(`${where}: '${short(text)}' may be ${some(ends.slice(0, 4))}; write which`);
  const near = [...text].length <= LONGEST_QUOTE ? nearest(text, sorted) : null;
  const hint = near === null ? `there are ${some(sorted.slice(0, 8))}` : `did you mean '${short(near)}'?`;
  throw new Error(`${where}: no run has '${short(text)}'; ${hint}`);
}

/** As Python's difflib.get_close_matches: 2 M / T, letters in common of the letters in all. */
function nearest(text, sorted) {
  const called = new Map(sorted.flatMap((name) => forms(name).map((form) => [form, name])));
  let [best, found] = [0.6, null];
  for (const form of [...called.keys()].sort()) {
    const likeness = 2 * inCommon(form, text) / (form.length + text.length);
    if (likeness >= best) [best, found] = [likeness, called.get(form)];
  }
  return found;
}

/** How `name` may be typed: optim for optim.name, lr for optim.lr. */
function forms(name) {
  const group = name.endsWith(".name") ? name.slice(0, -5) : name;
  return [group.slice(group.lastIndexOf(".") + 1), group, name];
}

function inCommon(a, b) {
  let [size, i0, j0] = [0, 0, 0];
  let above = [];
  for (let i = 0; i < a.length; i += 1) {
    const row = [];
    for (let j = 0; j < b.length; j += 1) {
      row[j + 1] = a[i] === b[j] ? (above[j] ?? 0) + 1 : 0;
      if (row[j + 1] > size) [size, i0, j0] = [row[j + 1], i - row[j + 1] + 1, j - row[j + 1] + 1];
    }
    above = row;
  }
  if (!size) return 0;
  return size + inCommon(a.slice(0, i0), b.slice(0, j0)) + inCommon(a.slice(i0 + size), b.slice(j0 + size));
}

function short(text) {
  const letters = [...text];
  const cut = letters.length <= LONGEST_QUOTE ? text : `${letters.slice(0, LONGEST_QUOTE - 1).join("")}…`;
  return cut.replace(CONTROL, "\ufffd");
}
