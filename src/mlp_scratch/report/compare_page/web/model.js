// The runs, what the reader has chosen, and how values are written. Everything from a run folder
// reaches the page through `el`, which only ever sets text.

const DATA = JSON.parse(document.getElementById("data").textContent);
const RUNS = DATA.runs;
RUNS.forEach((run, id) => { run.id = id; });
const COLOURS = 7;
const DASHES = [[], [11, 4], [2, 3]];
const COMPLETE = ["finished", "stopped_early"];

const state = {
  metric: Math.max(0, DATA.metrics.findIndex((m) => m.name === DATA.metric)),
  filtered: RUNS,
  selected: new Map(), // run id -> slot, which decides colour and dashes
  hidden: new Set(), // ids whose curves were switched off in the legend
  hot: null, // id under the pointer
  open: 0, // id shown in "One run"
};

function setHot(id) {
  if (state.hot === id) return;
  state.hot = id;
  emit("hot");
}

function openRun(id) {
  state.open = id;
  emit("open");
}

function select(ids) {
  const kept = new Map();
  const wanted = new Set(ids);
  for (const [id, slot] of state.selected) if (wanted.has(id)) kept.set(id, slot);
  const taken = new Set(kept.values());
  let slot = 0;
  for (const id of wanted) {
    if (kept.has(id)) continue;
    while (taken.has(slot)) slot += 1;
    taken.add(slot);
    kept.set(id, slot);
  }
  state.selected = kept;
  for (const id of state.hidden) if (!kept.has(id)) state.hidden.delete(id);
  emit("selection");
}

function toggleSelected(id) {
  const ids = new Set(state.selected.keys());
  if (!ids.delete(id)) ids.add(id);
  select(ids);
}

const selectedRuns = () =>
  [...state.selected].sort((a, b) => a[1] - b[1]).map(([id]) => RUNS[id]);

const colourOf = (slot) => css(`--c${slot % COLOURS}`);
const dashOf = (slot) => DASHES[Math.floor(slot / COLOURS) % DASHES.length];

// ---- values ----

const metricValue = (run, i = state.metric) => run.values[i];
/** Whether the run has a place by metric `i`: it trained as it should and has a value. */
const hasPlace = (run, i = state.metric) => run.comparable && run.values[i] !== null;
const metricNow = () => DATA.metrics[state.metric];

/** The text of a config value, or null when the run does not have the key. */
function configText(run, key) {
  const place = run.config[key] ?? -1;
  return place < 0 ? null : DATA.texts[place];
}

/** A config value to compare with: a number where the text is one. */
function configValue(run, key) {
  const text = configText(run, key);
  return text !== null && text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function show(value, form) {
  if (value === null || value === undefined) return "–";
  if (form === "percent") return `${(100 * value).toFixed(2)} %`;
  if (form === "seconds") return value < 100 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(1)} min`;
  if (Math.abs(value) >= 1e3 && Math.abs(value) < 1e7) return Math.round(value).toLocaleString("en-US");
  if (Number.isInteger(value) || Math.abs(value) < 1e-3 || Math.abs(value) >= 1e4) return plain(value);
  return value.toPrecision(4); // with its zeros, so that a column of them reads well
}

/** A number in about five letters. */
function plain(value) {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e7) return value.toLocaleString("en-US");
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}

const byGoodness = (i) => (a, b) => {
  const [x, y] = [a.values[i], b.values[i]];
  if (x === null || y === null) return (x === null) - (y === null);
  return DATA.metrics[i].lower ? x - y : y - x;
};

const naturally = new Intl.Collator("en", { numeric: true }).compare;

function compareValues(a, b) {
  const rank = (v) => (v === null || v === undefined ? 2 : typeof v === "number" ? 0 : 1);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  return rank(a) === 0 ? a - b : rank(a) === 1 ? naturally(a, b) : 0;
}
