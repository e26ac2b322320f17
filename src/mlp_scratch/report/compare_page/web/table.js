// The table of runs: sorted by any column, one checkbox a run, best first.

const FEW = 400; // rows shown before somebody asks for all
const table = { sort: null, down: false, all: false };

function tableColumns() {
  const chosen = metricNow();
  const metrics = [chosen.name, ...chosen.beside]
    .map((name) => DATA.metrics.findIndex((m) => m.name === name))
    .filter((i) => i >= 0 && RUNS.some((run) => run.values[i] !== null));
  const place = new Map(RUNS.filter((r) => hasPlace(r))
    .sort(byGoodness(state.metric)).map((run, i) => [run.id, i + 1]));
  const columns = [
    { id: "rank", title: "#", number: true, value: (r) => place.get(r.id) ?? null },
    { id: "run", title: "run", value: (r) => r.label },
  ];
  if (RUNS.some((run) => !COMPLETE.includes(run.status) || run.problem)) {
    columns.push({ id: "status", title: "state", value: (r) => r.status });
  }
  const metricColumn = (i) => {
    const { name, form, lower } = DATA.metrics[i];
    return { id: name, title: name, number: true, main: i === state.metric, down: !lower,
      value: (r) => r.values[i], text: (r) => show(r.values[i], form) };
  };
  columns.push(...metrics.filter((i) => i === state.metric).map(metricColumn));
  for (const key of DATA.varying) {
    const number = RUNS.every((r) => ["number", "object"].includes(typeof configValue(r, key)));
    columns.push({ id: DATA.keys[key].key, title: DATA.keys[key].short, number,
      value: (r) => configValue(r, key), text: (r) => configText(r, key) ?? "–" });
  }
  columns.push(
    ...metrics.filter((i) => i !== state.metric).map(metricColumn),
    { id: "epoch", title: "at epoch", number: true, value: (r) => r.epoch },
    { id: "time", title: "time", number: true, value: (r) => r.seconds,
      text: (r) => show(r.seconds, "seconds") },
  );
  return columns;
}

function drawTable() {
  const columns = tableColumns();
  const sorted = columns.find((c) => c.id === table.sort) ?? columns[0];
  const rows = [...state.filtered].sort((a, b) => {
    const [x, y] = [sorted.value(a), sorted.value(b)];
    const nothing = (x === null) - (y === null); // last, whichever way round
    return nothing || (table.down ? -1 : 1) * compareValues(x, y) || a.id - b.id;
  });
  table.order = rows.map((run) => run.id);
  const shown = table.all ? rows : rows.slice(0, FEW);
  const head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "hidden", text: "selected" })),
    ...columns.map((column) => el("th", {
      scope: "col", class: column.number ? "number" : "",
      "aria-sort": column === sorted ? (table.down ? "descending" : "ascending") : null,
    }, el("button", {
      type: "button", "data-column": column.id,
      text: column.title + (column === sorted ? (table.down ? " ↓" : " ↑") : ""),
      onclick: () => sortBy(column),
    }))));
  const scale = barScale();
  $("table").replaceChildren(el("thead", {}, head),
    el("tbody", {}, ...shown.map((run) => tableRow(run, columns, scale))));
  $("table-more").hidden = rows.length <= shown.length;
  $("table-more").textContent = `Show all ${rows.length} rows`;
  const which = DATA.at === "best" ? "each run's best epoch" : "each run's last epoch";
  $("runs-said").textContent = rows.length
    ? `${DATA.states} · values of ${which}` : "The filter leaves no run.";
}

function sortBy(column) {
  table.down = table.sort === column.id ? !table.down : Boolean(column.down);
  table.sort = column.id;
  drawTable();
  $("table").querySelector(`button[data-column="${CSS.escape(column.id)}"]`).focus();
}

/** The small bar beside the metric: its place between the worst decent run and the best. */
function barScale() {
  const values = RUNS.filter((r) => hasPlace(r)).map((r) => metricValue(r)).sort((a, b) => a - b);
  if (values.length < 3) return null;
  const lower = metricNow().lower;
  const worst = lower ? values[Math.ceil(0.8 * (values.length - 1))] : values[Math.floor(0.2 * (values.length - 1))];
  const best = lower ? values[0] : values.at(-1);
  if (best === worst) return null;
  return (value) => Math.max(0, Math.min(1, (value - worst) / (best - worst)));
}

function tableRow(run, columns, scale) {
  const slot = state.selected.get(run.id);
  const swatch = el("span", { class: "swatch" });
  dressSwatch(swatch, slot);
  const box = el("input", { type: "checkbox", "aria-label": `select ${run.label}`,
    onchange: () => toggleSelected(run.id) });
  box.checked = slot !== undefined;
  const cells = columns.map((column) => tableCell(run, column, scale));
  return el("tr", { "data-run": run.id, onpointerenter: () => setHot(run.id),
    onpointerleave: () => setHot(null) },
  el("td", {}, el("label", { class: "pick" }, box, swatch)), ...cells);
}

function tableCell(run, column, scale) {
  if (column.id === "run") {
    const name = el("button", { type: "button", class: "name", text: run.label, title: run.path,
      onclick: () => { openRun(run.id); $("run").scrollIntoView(); $("run-choice").focus({ preventScroll: true }); } });
    return el("td", { class: "text" }, name);
  }
  if (column.id === "status") {
    const kind = COMPLETE.includes(run.status) ? "good"
      : ["running", "interrupted"].includes(run.status) ? "" : "bad";
    const cell = el("td", {}, el("span", { class: `state ${kind}`, text: run.status.replace("_", " ") }));
    if (run.problem) cell.append(el("small", { text: run.problem }));
    return cell;
  }
  const value = column.value(run);
  const text = column.text ? column.text(run) : value === null ? "–" : plain(value);
  const cell = el("td", { class: `${column.number ? "number" : "text"}${column.main ? " main" : ""}`, text });
  if (!column.number && text.length > 40) cell.title = text;
  if (column.main && scale) {
    const bar = el("span");
    const share = hasPlace(run) ? scale(value) : 0;
    bar.style.width = `${Math.round(46 * share)}px`;
    bar.style.marginRight = `${46 - Math.round(46 * share)}px`;
    cell.append(bar);
  }
  return cell;
}

function dressSwatch(swatch, slot) {
  swatch.style.borderTopColor = slot === undefined ? "transparent" : colourOf(slot);
  swatch.style.borderTopStyle = slot === undefined ? "solid" : ["solid", "dashed", "dotted"][Math.floor(slot / COLOURS) % 3];
}

function markSelected() {
  for (const row of $("table").tBodies[0]?.rows ?? []) {
    const slot = state.selected.get(Number(row.dataset.run));
    row.querySelector("input").checked = slot !== undefined;
    dressSwatch(row.querySelector(".swatch"), slot);
  }
}

function markHot() {
  for (const row of $("table").querySelectorAll("tr.hot")) row.classList.remove("hot");
  if (state.hot !== null) $("table").querySelector(`tr[data-run="${state.hot}"]`)?.classList.add("hot");
}

function startTable() {
  $("table-more").addEventListener("click", () => { table.all = true; drawTable(); });
  $("select-best").addEventListener("click", () => select(bestOf(state.filtered, 8)));
  $("select-all").addEventListener("click", () => select(table.order));
  $("select-none").addEventListener("click", () => select([]));
  on("metric filter", drawTable);
  on("selection theme", markSelected);
  on("hot", markHot);
  drawTable();
}

/** The ids of the `n` best of `runs`; those without a result only where nothing else is left. */
function bestOf(runs, n) {
  const withCurves = runs.filter((run) => run.curves);
  const ranked = withCurves.filter((run) => hasPlace(run)).sort(byGoodness(state.metric));
  return (ranked.length ? ranked : withCurves).slice(0, n).map((run) => run.id);
}
