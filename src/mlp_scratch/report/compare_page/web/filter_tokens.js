// The words of the filter language, as report/filter_tokens.py has them: names, numbers, quoted
// texts, signs. A token is { kind, text, value, at, end }; kind is word, number, text, list or end,
// and a sign, a bracket or a keyword is its own kind.

const LONGEST_FILTER = 2000;
const TOKEN = /[ \t\r\n\xa0]*(?:(==|!=|<=|>=|&&|\|\||[=<>()[\]{},])|("[^"]*"|'[^']*')|([^ \t\r\n\xa0()[\]{},=<>!'"&|]+)|(.))/gsu;
const NUMBER = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const LETTER = /[A-Za-z0-9_]|[^\x00-\x7f]/;
const KEYWORDS = ["and", "or", "not", "in", "is", "null"];
const SPELLINGS = new Map([["=", "=="], ["&&", "and"], ["||", "or"], ["none", "null"]]);
const JOINED = new Map([["not in", "not in"], ["is not", "!="]]);

function tokenize(text) {
  const letters = [...text];
  if (letters.length > LONGEST_FILTER) {
    refuse(text, letters.slice(0, LONGEST_FILTER).join("").length,
      `a filter has at most ${LONGEST_FILTER} characters`);
  }
  const last = text.length - blanksAtTheEnd(text);
  const tokens = [{ kind: "start", text: "", value: null, at: 0, end: 0 }];
  for (const match of text.slice(0, last).matchAll(TOKEN)) {
    const found = match[1] ?? match[2] ?? match[3] ?? match[4];
    const end = match.index + match[0].length;
    const before = tokens.at(-1);
    if (match[4] !== undefined) {
      const why = `"'`.includes(found) ? "is never closed" : "cannot be read";
      refuse(text, end - found.length, `${short(found)} ${why}`);
    }
    if (found === "%" && before.kind === "number") {
      tokens.splice(-1, 1, toToken(text, `${before.text}%`, before.at, end));
      continue;
    }
    const token = toToken(text, found, end - found.length, end);
    const joined = JOINED.get(`${before.kind} ${token.kind}`);
    if (joined) tokens.splice(-1, 1, { kind: joined, text: joined, value: null, at: before.at, end });
    else tokens.push(token);
  }
  return [...tokens.slice(1), { kind: "end", text: "", value: null, at: last, end: last }];
}

function blanksAtTheEnd(text) {
  let n = 0;
  while (n < text.length && " \t\r\n\xa0".includes(text.at(-1 - n))) n += 1;
  return n;
}

function toToken(source, text, at, end) {
  if (text[0] === '"' || text[0] === "'") {
    const inside = text.slice(1, -1);
    return { kind: "text", text: inside, value: read(inside), at, end };
  }
  const sign = SPELLINGS.get(text.toLowerCase()) ?? text.toLowerCase();
  if (KEYWORDS.includes(sign) || /^[=!<>()[\]{},&|]/.test(text)) {
    return { kind: sign, text, value: null, at, end };
  }
  if (NUMBER.test(text)) return { kind: "number", text, value: Number(text), at, end };
  if (text.endsWith("%") && NUMBER.test(text.slice(0, -1))) {
    return { kind: "number", text, value: Number(text.slice(0, -1)) / 100, at, end };
  }
  if (!LETTER.test(text)) refuse(source, at, `${short(text)} cannot be read`);
  return { kind: "word", text, value: read(text), at, end };
}

/** A text as it is compared: a number where it reads as one, null for "null" and "none", small letters. */
function read(value) {
  if (typeof value !== "string") return value;
  if (NUMBER.test(value)) return Number(value);
  const small = value.toLowerCase();
  return small === "null" || small === "none" ? null : small;
}

const place = (source, at) => `at character ${[...source.slice(0, at)].length + 1}`;
function refuse(source, at, why) {
  throw new Error(`${place(source, at)}: ${why}`);
}
