// Which runs the filter line leaves: what it can ask of a run, as report/selection.py has it.

const FIELDS = new Map(Object.entries({
  status: (run) => run.status, run: (run) => run.label, path: (run) => run.path,
  epoch: (run) => run.epoch, epochs: (run) => run.epochs, samples_per_second: (run) => run.speed,
  time: (run) => run.seconds, seconds: (run) => run.seconds,
  "timings.total_seconds": (run) => run.seconds, rank: (run) => run.rank,
}));
const METRIC_AT = new Map(DATA.metrics.map((metric, i) => [metric.name, i]));
METRIC_AT.delete("lr"); // lr is the config's
const KEY_AT = new Map(DATA.keys.map(({ key }, i) => [key, i]));
const NAMES = new Set([...FIELDS.keys(), ...KEY_AT.keys(), ...METRIC_AT.keys()]);
const SHARES = new Set(DATA.metrics.filter((m) => m.form === "percent").map((m) => m.name));
const TOLD = DATA.keys.map((_, i) => i).filter((i) => DATA.varying.includes(i)
  || DATA.keys[i].key === "name" || DATA.keys[i].key.endsWith(".name"));

/** A run as a filter sees it. */
function seen(run) {
  return {
    value: (name) => {
      if (FIELDS.has(name)) return FIELDS.get(name)(run);
      return KEY_AT.has(name) ? configText(run, KEY_AT.get(name)) : run.values[METRIC_AT.get(name)];
    },
    texts: [run.label, run.status, run.problem,
      ...TOLD.map((key) => configText(run, key)).filter((text) => text !== null)],
  };
}

function applyFilter(text) {
  const said = $("filter-said");
  try {
    const test = compileFilter(text, NAMES, SHARES);
    state.filtered = RUNS.filter((run) => test(seen(run)));
    said.textContent = text.trim() ? `${state.filtered.length} of ${RUNS.length} runs` : "";
    said.className = "";
    emit("filter");
  } catch (error) {
    said.textContent = error.message;
    said.className = "bad";
  }
}
