// Runs that differ in nothing but their seed, taken together: their mean, and a band of one
// standard deviation on each side.

const SEED = DATA.keys.findIndex((k) => k.key === "seed");
const settings = new Map(); // the runs of each setting, by the number that Python gave it

function seedsOf(run) {
  return settings.get(run.setting) ?? [run];
}

function startSeeds() {
  if (!DATA.varying.includes(SEED)) return false;
  for (const run of RUNS) {
    if (run.setting === null || !run.curves) continue;
    if (!settings.has(run.setting)) settings.set(run.setting, []);
    settings.get(run.setting).push(run);
  }
  return [...settings.values()].some((runs) => runs.length > 1);
}

/** One run for each setting among `runs`, the first. */
function onePerSetting(runs) {
  const seen = new Set();
  return runs.filter((run) => {
    const setting = run.setting ?? `run ${run.id}`;
    return !seen.has(setting) && seen.add(setting);
  });
}

function titleOfSetting(run) {
  const n = seedsOf(run).length;
  if (n < 2) return run.title;
  const rest = run.title.replace(/(^|, )seed -?\d+(?=,|$| \()/, "").replace(/^, /, "");
  return `${rest || "all settings"} (mean of ${n} seeds)`;
}

function meanAndSpread(values) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
  return [mean, values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0];
}

/** {x, y, spread} by epoch over `runs`; `read(run)` gives the values of one of them, or null. */
function meanCurve(runs, axis, read) {
  const epochs = new Map();
  for (const run of runs) {
    const values = read(run);
    run.curves[axis]?.forEach((x, i) => {
      if (x === null || !Number.isFinite(values?.[i])) return;
      const epoch = run.curves.epoch[i];
      if (!epochs.has(epoch)) epochs.set(epoch, []);
      epochs.get(epoch).push([x, values[i]]);
    });
  }
  const points = [...epochs].sort((a, b) => a[0] - b[0]).map(([, pairs]) =>
    [meanAndSpread(pairs.map(([x]) => x))[0], ...meanAndSpread(pairs.map(([, y]) => y))]);
  return { x: points.map((p) => p[0]), y: points.map((p) => p[1]), spread: points.map((p) => p[2]) };
}
