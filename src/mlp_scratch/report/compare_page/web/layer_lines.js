// What happened in the layers, of layers.csv: one run with a line for each layer, and the selected
// runs beside each other, each in its colour.

const RULE_OF_THUMB = 1e-3; // of update / weights
const LOG_AT_FIRST = ["grad_norm", "update_ratio"];
const layerCharts = {};

const withLayers = () => RUNS.filter((run) => run.layers);
const layerQuantity = () => DATA.layer_quantities.find((q) => q.name === $("layer-quantity").value);
const layerName = (run, k) => (run.layers.layers[k] === run.layers.of
  ? `layer ${run.layers.of} (output)` : `layer ${run.layers.layers[k]}`);

/** Blue for the first layer, over purple, to orange for the output. */
function depthColour(share) {
  const stops = ["--c0", "--c3", "--c4"].map((name) => [1, 3, 5].map((i) => parseInt(css(name).slice(i, i + 2), 16)));
  const at = Math.min(1, Math.floor(2 * share));
  const mixed = stops[at].map((v, i) => Math.round(v + (2 * share - at) * (stops[at + 1][i] - v)));
  return `#${mixed.map((v) => v.toString(16).padStart(2, "0")).join("")}`;
}

function layerSeries(run, k, look) {
  const { name, title, form } = layerQuantity();
  const y = run.layers.values[name]?.[k]?.map((v) => (v === null ? NaN : v));
  if (!y || !y.some(Number.isFinite)) return [];
  const value = (v) => (form === "percent" ? `${(100 * v).toFixed(1)} %` : plain(v));
  return [{ id: run.id, x: run.layers.epochs, y, raw: y, dash: [], width: 2, alpha: 1, named: true, main: true,
    text: (i) => `${run.title}\n${layerName(run, k)}\n${title} ${value(y[i])}\nepoch ${plain(run.layers.epochs[i])}`,
    ...look }];
}

function thumbSeries(series) {
  if (layerQuantity().name !== "update_ratio" || !series.length) return [];
  const ends = series.flatMap((s) => [s.x[0], s.x.at(-1)]);
  const y = [RULE_OF_THUMB, RULE_OF_THUMB];
  return [{ id: -1, x: [Math.min(...ends), Math.max(...ends)], y, raw: y, colour: css("--faint"), dash: [5, 4],
    width: 1.2, alpha: 1, named: true, main: false, text: () => `${RULE_OF_THUMB}: a rule of thumb` }];
}

function seriesOfOneRun() {
  const run = RUNS[Number($("layer-run").value)];
  const last = Math.max(1, run.layers.layers.length - 1);
  const lines = run.layers.layers.flatMap((_, k) => layerSeries(run, k, { colour: depthColour(k / last) }));
  $("layer-legend").replaceChildren(...run.layers.layers.map((_, k) => {
    const swatch = el("span", { class: "swatch" });
    swatch.style.borderTopColor = depthColour(k / last);
    return el("span", { class: "pick" }, swatch, layerName(run, k));
  }));
  return lines;
}

function seriesOfSelected() {
  const wanted = $("layer-number").value;
  return selectedRuns().filter((run) => run.layers && !state.hidden.has(run.id)).flatMap((run) => {
    const slot = state.selected.get(run.id);
    const { layers, of } = run.layers;
    const last = Math.max(1, layers.length - 1);
    return layers.flatMap((number, k) => {
      const fits = wanted === "all" || (wanted === "output" ? number === of : number === Number(wanted));
      const faint = wanted === "all" ? 0.35 + 0.65 * (k / last) : 1;
      return fits ? layerSeries(run, k, { colour: colourOf(slot), dash: dashOf(slot), alpha: faint }) : [];
    });
  });
}

function drawLayers() {
  const look = { log: $("layer-log").checked, percent: layerQuantity().form === "percent", everything: true,
    goodIsLow: true, whole: true, xLabel: "epoch" };
  for (const [chart, series] of [[layerCharts.one, seriesOfOneRun()], [layerCharts.all, seriesOfSelected()]]) {
    chart.set([...thumbSeries(series), ...series], look);
  }
  const without = selectedRuns().filter((run) => !run.layers).length;
  $("layers-said").textContent = ["on a fixed probe of training rows, epoch 0: before the first step",
    ...($("layer-number").value === "all" ? ["right: the deeper the layer, the stronger its line"] : []),
    ...(without ? [`${without} selected without records`] : [])].join(" · ");
}

function makeLayerChart(host, label) {
  return new Chart(host, {
    xView: { range: null }, label, onZoom: drawLayers,
    onHover: (series, x, y, i) => tip(series ? series.text(i) : "", x, y),
  });
}

function startLayers() {
  const runs = withLayers();
  for (const node of document.querySelectorAll('#layers, .links a[href="#layers"]')) node.hidden = !runs.length;
  if (!runs.length) return;
  const option = (value, text) => el("option", { value, text });
  $("layer-quantity").append(...DATA.layer_quantities.map((q) => option(q.name, q.title)));
  $("layer-run").append(...runs.map((run) => option(run.id, run.title)));
  const numbers = [...new Set(runs.flatMap((run) => run.layers.layers))].sort((a, b) => a - b);
  $("layer-number").append(option("all", "every layer"), ...numbers.map((n) => option(n, `layer ${n}`)),
    option("output", "the output"));
  const title = () => layerQuantity().title;
  layerCharts.one = makeLayerChart($("layers-one"), () => `${title()} of each layer of one run`);
  layerCharts.all = makeLayerChart($("layers-all"), () => `${title()} of the selected runs`);
  const logAtFirst = () => { $("layer-log").checked = LOG_AT_FIRST.includes(layerQuantity().name); };
  $("layer-quantity").addEventListener("change", () => {
    logAtFirst();
    for (const chart of Object.values(layerCharts)) chart.yRange = null;
    drawLayers();
  });
  for (const id of ["layer-run", "layer-number", "layer-log"]) $(id).addEventListener("change", drawLayers);
  on("open", () => {
    if (!RUNS[state.open].layers) return;
    $("layer-run").value = String(state.open);
    drawLayers();
  });
  on("selection theme hidden", drawLayers);
  on("hot", () => layerCharts.all.draw());
  logAtFirst();
  drawLayers();
}
