// The filter language: docs/compare.md has its grammar, report/filters.py is the same program in
// Python, name by name, and tests/report/filter_cases.json holds both to the same answers: change
// the three together. A text becomes a function of a run as selection.js shows it.

const DEEPEST = 50;
const BRACKETS = { "[": "]", "(": ")", "{": "}" };
const ORDER = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};
const EQUALITY = ["==", "is", "!="];
const MEMBERSHIP = ["in", "not in"];

/** The test of a run that `text` describes. Throws an Error, one line with the place. */
function compileFilter(text, names, shares) {
  return new FilterParser(text, names, shares).filter();
}

class FilterParser {
  constructor(text, names, shares) {
    Object.assign(this, { text, names, shares, tokens: tokenize(text), place: 0, depth: 0 });
  }

  filter() { // filter = [either]
    const test = this.sees("end") ? () => true : this.either();
    if (!this.sees("end")) this.refuseNext("nothing more");
    return test;
  }

  either() { // either = both {"or" both}
    const tests = [this.both()];
    while (this.takes("or")) tests.push(this.both());
    return (run) => tests.some((test) => test(run));
  }

  both() { // both = test {["and" | ","] test}
    const tests = [this.test()];
    while (!this.sees("or", ")", "end")) {
      if (!this.takes("and", ",")) this.checkSpace();
      tests.push(this.test());
    }
    return (run) => tests.every((test) => test(run));
  }

  test() { // test = "not" test | "(" either ")" | order | comparison | words
    if (this.sees("not", "(")) return this.nested();
    const left = this.side("[", "{");
    if (this.sees(...Object.keys(ORDER))) return this.order(left);
    if (this.sees(...EQUALITY, ...MEMBERSHIP)) return this.comparison(left);
    return this.words(left);
  }

  nested() {
    this.depth += 1;
    if (this.depth > DEEPEST) this.refuse(this.next, `nested more than ${DEEPEST} deep`);
    const negated = this.take().kind === "not";
    const inner = negated ? this.test() : this.either();
    if (!negated) this.want(")");
    this.depth -= 1;
    return negated ? (run) => !inner(run) : inner;
  }

  order(left) { // order = side ("<" | "<=" | ">" | ">=") side {... side}, of names and numbers
    const [sides, signs] = [[left], []];
    while (this.sees(...Object.keys(ORDER))) {
      signs.push(ORDER[this.take().kind]);
      sides.push(this.side());
    }
    for (const side of sides) {
      if (side.kind !== "word" && side.kind !== "number") {
        this.refuse(side, `only numbers are smaller or larger, not ${short(side.text)}`);
      }
    }
    const names = sides.map((side) => (side.kind === "word" ? this.name(side) : null));
    if (!names.some((name) => name !== null)) this.name(left);
    for (let i = 1; i < sides.length; i += 1) {
      this.checkShare(sides[i - 1], sides[i]);
      this.checkShare(sides[i], sides[i - 1]);
    }
    return (run) => {
      const values = sides.map((side, i) => (names[i] === null ? side.value : read(run.value(names[i]))));
      return signs.every((sign, i) => typeof values[i] === "number"
        && typeof values[i + 1] === "number" && sign(values[i], values[i + 1]));
    };
  }

  // comparison = name ("=" | "!=" | "is" | "is not") side, or the other way round,
  // | name ["not"] "in" list | side ["not"] "in" name
  comparison(left) {
    const sign = this.take().kind;
    const right = this.side("[", "(", "{");
    const inside = MEMBERSHIP.includes(sign);
    const nameFirst = inside ? right.kind === "list" : left.kind === "word";
    const [named, other] = nameFirst ? [left, right] : [right, left];
    const name = this.name(named);
    this.checkShare(named, other);
    const meets = !inside ? equals : nameFirst ? among : holds;
    const negated = sign === "!=" || sign === "not in";
    return (run) => meets(run.value(name), other) !== negated;
  }

  words(token) { // words = TEXT | WORD | "-" WORD: stands somewhere in the run, or nowhere
    if (token.kind !== "word" && token.kind !== "text") {
      this.refuse(token, `${short(token.text)} alone is no test: compare it, or quote it`);
    }
    const refused = token.kind === "word" && /^-[A-Za-z]/.test(token.text);
    const wanted = token.text.slice(refused ? 1 : 0).toLowerCase();
    return (run) => run.texts.some((text) => text.toLowerCase().includes(wanted)) !== refused;
  }

  side(...brackets) { // side = WORD | NUMBER | TEXT | "null" | list
    if (this.sees(...brackets)) return this.list();
    if (!this.sees("word", "number", "text", "null")) this.refuseNext("a name, a number or a text");
    return this.take();
  }

  list() { // list = "[" [side {"," side} [","]] "]", in brackets of any kind
    const opening = this.take();
    const closing = BRACKETS[opening.kind];
    const values = [];
    while (!this.sees(closing)) {
      values.push(this.side().value);
      if (!this.takes(",")) break;
    }
    return { kind: "list", text: "a list", value: values, at: opening.at, end: this.want(closing).end };
  }

  name(token) {
    if (token.kind !== "word") {
      this.refuse(token, `a config key or a metric must stand here, not ${short(token.text)}`);
    }
    return resolveName(token.text, this.names, place(this.text, token.at));
  }

  checkShare(named, other) { // whoever writes 97 of a share, such as an accuracy, means 97%
    const values = other.kind === "list" ? other.value : [other.value];
    if (named.kind !== "word" || !values.some((value) => typeof value === "number" && value > 1)) return;
    const name = this.name(named);
    if (this.shares.has(name)) {
      this.refuse(other, `${short(name)} lies between 0 and 1: 97 percent is written 97% or 0.97`);
    }
  }

  checkSpace() { // f(x), layers[0] and f'x' are not two tests side by side
    const before = this.tokens[this.place - 1];
    const touching = before.kind === "word" && before.end === this.next.at;
    if (touching && this.sees("(", "[", "{", "text")) {
      this.refuse(this.next, `a space or 'and' must stand after ${short(before.text)}`);
    }
  }

  get next() { return this.tokens[this.place]; }

  sees(...kinds) { return kinds.includes(this.next.kind); }

  take() {
    this.place += 1;
    return this.tokens[this.place - 1];
  }

  takes(...kinds) { return this.sees(...kinds) && Boolean(this.take()); }

  want(kind) { return this.sees(kind) ? this.take() : this.refuseNext(kind); }

  refuseNext(wanted) {
    const found = this.sees("end") ? "" : `, not ${short(this.next.text)}`;
    this.refuse(this.next, `${wanted} must stand here${found}`);
  }

  refuse(token, why) { refuse(this.text, token.at, why); }
}

// ---- a value of a run, and what is wanted ----

const equals = (value, wanted) => (wanted.kind === "list"
  ? sameItems(items(value), wanted.value) : read(value) === wanted.value);
const among = (value, wanted) => wanted.value.includes(read(value));

/** Whether a list has the item `wanted`, or a text that part. */
function holds(value, wanted) {
  const inside = items(value);
  if (inside !== null) return inside.includes(wanted.value);
  return typeof value === "string" && value !== "null"
    && value.toLowerCase().includes(wanted.text.toLowerCase());
}

/** The items of a list as it is typed, [784,128,10]; null for anything else. */
function items(value) {
  if (typeof value !== "string" || value.slice(0, 1) + value.slice(-1) !== "[]") return null;
  return value === "[]" ? [] : value.slice(1, -1).split(",").map(read);
}

const sameItems = (a, b) => a !== null && a.length === b.length && a.every((v, i) => v === b[i]);
