// The filter line: words that must appear, and comparisons with config keys and metrics.
//   adam lr<0.01 status=finished        all of them
//   optim.name == 'adam' and seed < 3   the command line's way of writing it
//   adam or sgd, not tanh, -tanh        alternatives and refusals

const TOKEN = /([A-Za-z_][\w.]*)\s*(==|!=|<=|>=|=|<|>)\s*("[^"]*"|'[^']*'|\[[^\]]*\]|\S+)|"[^"]*"|'[^']*'|\S+/g;
const OPERATORS = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
};

/** A function from a run to true or false. Throws an Error with one line for the reader. */
function compileFilter(text) {
  const alternatives = [[]];
  let refuse = false;
  for (const match of text.matchAll(TOKEN)) {
    const word = match[0];
    if (word === "and" || word === "&&" || word === ",") continue;
    if (word === "or" || word === "||") {
      alternatives.push([]);
      continue;
    }
    if (word === "not") {
      refuse = true;
      continue;
    }
    const negated = refuse || (/^-[A-Za-z]/.test(word) && !match[2]);
    const test = match[2] ? comparison(match[1], match[2], bare(match[3]))
      : containing(bare(word.replace(/^-(?=[A-Za-z])/, "")));
    alternatives.at(-1).push(negated ? (run) => !test(run) : test);
    refuse = false;
  }
  return (run) => alternatives.some((tests) => tests.every((test) => test(run)));
}

const bare = (text) => text.replace(/,$/, "").replace(/^(["'])(.*)\1$/, "$2");

function containing(text) {
  const wanted = text.toLowerCase();
  return (run) => [run.label, run.title, run.status, run.problem,
    ...DATA.varying.map((key) => configText(run, key) ?? "")]
    .some((part) => part.toLowerCase().includes(wanted));
}

function comparison(name, operator, text) {
  const get = getter(name);
  const number = text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
  const same = (value) => {
    if (number !== null && typeof value === "number") return value === number;
    const squeezed = (v) => String(v ?? "null").replace(/\s/g, "").toLowerCase();
    return squeezed(value) === squeezed(text);
  };
  if (operator === "=" || operator === "==") return (run) => same(get(run));
  if (operator === "!=") return (run) => !same(get(run));
  if (number === null) throw new Error(`${name} ${operator} needs a number, not ${text}`);
  return (run) => {
    const value = get(run);
    return typeof value === "number" && OPERATORS[operator](value, number);
  };
}

/** The value that `name` means: a field, a key, `name.name`, the only key that ends so, a metric. */
function getter(name) {
  const fields = { status: (r) => r.status, run: (r) => r.label, path: (r) => r.path,
    epoch: (r) => r.epoch, epochs: (r) => r.epochs, rank: (r) => r.rank, time: (r) => r.seconds };
  const keys = DATA.keys.map((k) => k.key);
  const exact = keys.findIndex((key) => key === name || key === `${name}.name`);
  if (exact >= 0) return (run) => configValue(run, exact);
  if (Object.hasOwn(fields, name)) return fields[name];
  const metric = DATA.metrics.findIndex((m) => m.name === name);
  if (metric >= 0) return (run) => run.values[metric];
  const ends = keys.flatMap((key, i) => (key.endsWith(`.${name}`) ? [i] : []));
  const differing = ends.filter((i) => DATA.varying.includes(i));
  const chosen = differing.length === 1 ? differing : ends;
  if (chosen.length === 1) return (run) => configValue(run, chosen[0]);
  if (!chosen.length) throw new Error(`no run has “${name}”`);
  throw new Error(`“${name}” may be ${chosen.slice(0, 3).map((i) => keys[i]).join(", ")}`);
}

function applyFilter(text) {
  const said = $("filter-said");
  try {
    state.filtered = RUNS.filter(compileFilter(text));
    said.textContent = text.trim() ? `${state.filtered.length} of ${RUNS.length} runs` : "";
    said.className = "";
    emit("filter");
  } catch (error) {
    said.textContent = error.message;
    said.className = "bad";
  }
}
