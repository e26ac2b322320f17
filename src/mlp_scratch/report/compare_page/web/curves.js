// Two charts over the selected runs, their controls, and the legend.

const X_AXES = [["epoch", "epoch"], ["step", "step"], ["elapsed", "seconds"]];
const WITH_TRAINING = 12; // selected runs up to which training curves do not hide the rest
const curves = { xView: { range: null }, charts: [], x: "epoch", weight: 0 };

/** What can be drawn: "loss" stands for val_loss and train_loss, "error" for 1 - accuracy. */
function quantities() {
  const names = new Set(Object.keys(DATA.quantities).filter((n) => !["epoch", "step", "elapsed"].includes(n)));
  const asked = quantityOf(DATA.metric);
  const first = [asked === "loss" ? "" : asked, "accuracy", "loss"].filter((n) => names.has(n));
  if (names.has("accuracy")) first.splice(first.indexOf("accuracy") + 1, 0, "error");
  return [...new Set([...first, ...[...names].sort(naturally)])];
}

const quantityOf = (metric) => metric.replace(/^(val|train_eval|train|test)_/, "");

/** {form, lower}: whether in percent, and which end of the axis matters. */
const factsOf = (quantity) => (quantity === "error" ? { form: DATA.quantities.accuracy.form, lower: true }
  : DATA.quantities[quantity]);

function column(run, quantity, prefix) {
  const source = quantity === "error" ? "accuracy" : quantity;
  const values = run.curves?.[prefix + source];
  if (!values) return null;
  return values.map((v) => (v === null ? NaN : quantity === "error" ? 1 - v : v));
}

function linesOf(run, quantity, withTrain) {
  const found = [];
  for (const prefix of ["val_", "", "train_eval_", "train_"]) {
    const y = column(run, quantity, prefix);
    if (y) found.push({ prefix, y });
  }
  return withTrain ? found.filter((f, i) => i === 0 || f.prefix !== "train_eval_") : found.slice(0, 1);
}

/** Who has an entry: every selected run, or one for all seeds of a setting. */
function legendRuns() {
  return $("mean").checked ? onePerSetting(selectedRuns()) : selectedRuns();
}

function legendValue(run, metric) {
  const values = seedsOf(run).map((r) => metricValue(r)).filter((v) => v !== null);
  if (!$("mean").checked || values.length < 2) return show(metricValue(run), metric.form);
  const [mean, spread] = meanAndSpread(values);
  return `${show(mean, metric.form).replace(" %", "")} ± ${show(spread, metric.form)}`;
}

function seriesFor(quantity) {
  const percent = factsOf(quantity).form === "percent";
  const chosen = legendRuns().filter((run) => !state.hidden.has(run.id));
  const others = $("with-others").checked
    ? state.filtered.filter((run) => !state.selected.has(run.id)) : [];
  const withTrain = $("with-train").checked && chosen.length <= WITH_TRAINING;
  const series = [];
  for (const run of [...others, ...chosen]) {
    const slot = state.selected.get(run.id);
    const named = slot !== undefined;
    if (!run.curves?.[curves.x]) continue;
    const together = named && $("mean").checked ? seedsOf(run) : [run];
    linesOf(run, quantity, named && withTrain).forEach(({ prefix, y: own }, i) => {
      const main = i === 0;
      const { x, y, spread } = together.length > 1
        ? meanCurve(together, curves.x, (r) => column(r, quantity, prefix))
        : { x: run.curves[curves.x].map((v) => (v === null ? NaN : v)), y: own };
      const smoothed = smooth(y, curves.weight);
      const beside = main && spread ? smooth(spread, curves.weight) : null;
      series.push({
        id: run.id, x, y: smoothed, raw: y, spread: beside, named, main,
        colour: named ? colourOf(slot) : css("--grey"),
        dash: !named ? [] : main ? dashOf(slot) : [4, 3],
        width: named ? (!main ? 1.2 : chosen.length > 21 ? 1.3 : 2) : 1, alpha: named ? (main ? 1 : 0.7) : 0.55,
        text: (at) => {
          const value = percent ? `${(100 * smoothed[at]).toFixed(2)} %` : plain(smoothed[at]);
          const where = X_AXES.find(([key]) => key === curves.x)[1];
          const off = percent ? `${(100 * (spread?.[at] ?? 0)).toFixed(2)} %` : plain(spread?.[at] ?? 0);
          return `${together.length > 1 ? titleOfSetting(run) : run.title}\n${prefix}${quantity} ${value}`
            + `${spread ? ` ± ${off}` : ""}${curves.weight ? " (smoothed)" : ""}\n${where} ${plain(x[at])}`;
        },
      });
    });
  }
  return series;
}

function drawCharts() {
  for (const part of curves.charts) {
    const quantity = part.choice.value;
    const { form, lower } = factsOf(quantity);
    part.chart.set(seriesFor(quantity), {
      log: part.log.checked, percent: form === "percent", everything: part.everything.checked,
      goodIsLow: lower,
      whole: curves.x !== "elapsed",
      xLabel: X_AXES.find(([key]) => key === curves.x)[1],
    });
    part.everything.parentElement.hidden = !part.chart.cut;
  }
  const zoomed = curves.xView.range || curves.charts.some((part) => part.chart.yRange);
  $("zoom-out").hidden = !zoomed;
  const without = selectedRuns().filter((run) => !run.curves).length;
  const many = legendRuns().filter((run) => !state.hidden.has(run.id)).length > WITH_TRAINING;
  const kinds = many ? `training curves are drawn for up to ${WITH_TRAINING} runs`
    : "solid: validation, thin dashes: training";
  $("curves-said").textContent = state.selected.size
    ? `${kinds}${$("mean").checked ? " · band: one standard deviation" : ""}${without ? ` · ${without} selected without curves` : ""}`
      + " · drag to zoom, double-click to reset"
    : "Select runs in the table above.";
}

function drawLegend() {
  const metric = metricNow();
  $("legend").replaceChildren(...legendRuns().map((run) => {
    const swatch = el("span", { class: "swatch" });
    dressSwatch(swatch, state.selected.get(run.id));
    return el("button", {
      type: "button", "data-run": run.id, "aria-pressed": String(!state.hidden.has(run.id)),
      title: run.label,
      onclick: () => {
        if (!state.hidden.delete(run.id)) state.hidden.add(run.id);
        emit("hidden");
        $("legend").querySelector(`[data-run="${run.id}"]`).focus();
      },
      onpointerenter: () => setHot(run.id), onpointerleave: () => setHot(null),
      onfocus: () => setHot(run.id), onblur: () => setHot(null),
    }, swatch, el("span", { text: $("mean").checked ? titleOfSetting(run) : run.title }),
    el("span", { class: "value", text: legendValue(run, metric) }));
  }));
}

function makeChart(host, first, names) {
  const choice = el("select", { "aria-label": "what to draw" },
    ...names.map((name) => el("option", { value: name, text: name })));
  choice.value = first;
  const log = el("input", { type: "checkbox" });
  const everything = el("input", { type: "checkbox" });
  const plot = el("div", { class: "plot" });
  host.append(el("div", { class: "chart-head" }, choice,
    el("label", {}, log, "log axis"), el("label", { hidden: true }, everything, "show outliers")), plot);
  const part = { choice, log, everything };
  part.chart = new Chart(plot, {
    xView: curves.xView,
    label: () => `${choice.value} by ${curves.x}`,
    onZoom: drawCharts,
    onHover: (series, x, y, i) => {
      tip(series ? series.text(i) : "", x, y);
      setHot(series ? series.id : null);
    },
  });
  const again = () => { part.chart.yRange = null; drawCharts(); };
  choice.addEventListener("change", () => { everything.checked = false; again(); });
  log.addEventListener("change", again);
  everything.addEventListener("change", again);
  curves.charts.push(part);
}

function startCurves() {
  const names = quantities();
  const axes = X_AXES.filter(([key]) => RUNS.some((run) => run.curves?.[key]));
  if (!names.length) {
    $("curves-said").textContent = "None of these runs has written curves.";
    for (const node of document.querySelectorAll("#curves .controls, #curves .charts")) node.hidden = true;
    return;
  }
  $("curve-x").append(...axes.map(([key, text]) => el("option", { value: key, text })));
  const loss = names.includes("loss") ? "loss" : names.at(-1);
  makeChart($("chart-a"), names[0], names);
  makeChart($("chart-b"), loss, names);
  $("curve-x").addEventListener("change", (event) => {
    curves.x = event.target.value;
    curves.xView.range = null;
    drawCharts();
  });
  $("smoothing").addEventListener("input", (event) => {
    curves.weight = Number(event.target.value);
    $("smoothing-said").textContent = curves.weight ? curves.weight.toFixed(2) : "off";
    drawCharts();
  });
  $("with-train").addEventListener("change", drawCharts);
  $("with-others").addEventListener("change", drawCharts);
  $("over-seeds").hidden = !startSeeds();
  $("mean").addEventListener("change", () => { drawLegend(); drawCharts(); });
  $("zoom-out").addEventListener("click", () => {
    curves.xView.range = null;
    for (const part of curves.charts) part.chart.yRange = null;
    drawCharts();
  });
  let counted = quantityOf(metricNow().name);
  on("metric", () => { // another quantity counts now: the first chart shows it
    const quantity = quantityOf(metricNow().name);
    if (quantity !== counted && quantity !== "loss" && names.includes(quantity)) {
      curves.charts[0].choice.value = quantity;
      curves.charts[0].chart.yRange = null;
      drawCharts();
    }
    counted = quantity;
  });
  on("selection theme hidden metric", drawLegend);
  on("selection theme hidden filter", drawCharts);
  on("hot", () => {
    for (const part of curves.charts) part.chart.draw();
    for (const entry of $("legend").children) entry.classList.toggle("hot", Number(entry.dataset.run) === state.hot);
  });
  drawLegend();
  drawCharts();
}
