// Parallel coordinates: one axis for each hyperparameter that differs, the result as the last.
// Drag along an axis to keep only the runs that pass through there; click it to let go.

const MOST_AXES = 9;
const MOST_STRANDS = 1000;
const HEIGHT = 330;
const [TOP, BOTTOM] = [48, HEIGHT - 18];
const parallel = { brushes: new Map() };

function parallelAxes(runs) {
  const effect = new Map((DATA.importance[metricNow().name] ?? [])
    .filter((e) => e.keys.length === 1).map((e) => [e.keys[0], e.explained]));
  const weight = (i) => effect.get(DATA.keys[i].short) ?? -1;
  const differing = DATA.varying.filter((i) => new Set(runs.map((r) => configText(r, i))).size > 1);
  const kept = new Set([...differing].sort((a, b) => weight(b) - weight(a)).slice(0, MOST_AXES));
  const axes = differing.filter((i) => kept.has(i))
    .map((i) => makeAxis(DATA.keys[i].short, runs, (r) => configValue(r, i) ?? "–"));
  const metric = metricNow();
  axes.push(makeAxis(metric.name, runs, (r) => metricValue(r), metric.form));
  return { axes, left: differing.length - kept.size };
}

/** place(run) from 0 (bottom) to 1; ticks: [place, text]. Logarithmic where values span decades. */
function makeAxis(name, runs, value, form = "number") {
  const values = runs.map(value);
  if (values.every((v) => typeof v === "number")) {
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (low === high) [low, high] = [low - 0.5, high + 0.5];
    const log = low > 0 && high / low >= 50;
    const f = log ? Math.log : (v) => v;
    const place = (v) => (f(v) - f(low)) / (f(high) - f(low));
    const few = [...new Set(values)];
    const marked = few.length <= 6 && form === "number";
    let marks = marked ? few : (log ? logTicks : linearTicks)(low, high, 6);
    const text = (v) => (form === "percent" ? tickText(v, true, (high - low) / 6) : tickText(v, false, 1));
    marks = marks.filter((v) => v >= low && v <= high);
    return { name, few: marked, place: (run) => place(value(run)), ticks: marks.map((v) => [place(v), text(v)]) };
  }
  const names = [...new Set(values.map(String))].sort(naturally);
  const place = (v) => (names.length === 1 ? 0.5 : names.indexOf(v) / (names.length - 1));
  const stride = Math.ceil(names.length / 14);
  return { name, few: true, place: (run) => place(String(value(run))),
    ticks: names.filter((_, i) => i % stride === 0).map((v) => [place(v), v]) };
}

function drawParallel() {
  const all = state.filtered.filter((run) => hasPlace(run));
  const runs = all.sort(byGoodness(state.metric)).slice(0, MOST_STRANDS);
  const host = $("parallel-plot");
  const { axes, left } = parallelAxes(runs);
  $("brush-select").hidden = $("brush-clear").hidden = true;
  parallel.passing = [];
  if (runs.length < 2 || axes.length < 2) {
    $("parallel-said").textContent = "";
    host.replaceChildren(el("p", { class: "empty", text: runs.length < 2
      ? "This needs two runs with a result." : "The configs of these runs do not differ." }));
    return;
  }
  for (const name of parallel.brushes.keys()) {
    if (!axes.some((axis) => axis.name === name)) parallel.brushes.delete(name);
  }
  const width = Math.max(host.clientWidth || 900, 112 * axes.length);
  const gap = (width - 180) / (axes.length - 1);
  const x = (i) => 95 + i * gap;
  const y = (place) => BOTTOM - place * (BOTTOM - TOP);
  const order = [...runs].reverse(); // the best are drawn on top
  // runs with the same value lie side by side where an axis has few values
  const beside = (axis, run) => (axis.few ? (((run.id * 0.618) % 1) - 0.5) * Math.min(18, runs.length) : 0);
  const height = (axis, run) => (y(axis.place(run)) + beside(axis, run)).toFixed(1);
  const strands = svg("g", { class: "strands" });
  for (const [i, run] of order.entries()) {
    const d = axes.map((axis, k) => `${k ? "L" : "M"}${x(k).toFixed(1)} ${height(axis, run)}`).join("");
    const path = svg("path", { d, "data-run": run.id,
      onpointerenter: (e) => { setHot(run.id); tip(`${run.title}\n${metricNow().name} ${show(metricValue(run), metricNow().form)}`, e.clientX, e.clientY); },
      onpointerleave: () => { setHot(null); tip("", 0, 0); },
      onclick: () => toggleSelected(run.id) });
    path.style.stroke = mixed(order.length < 2 ? 1 : i / (order.length - 1));
    strands.append(path);
  }
  const picture = svg("svg", { width, height: HEIGHT, role: "img",
    "aria-label": `${runs.length} runs over ${axes.length} axes` }, strands);
  axes.forEach((axis, i) => picture.append(axisGroup(axis, x(i), y, i ? gap : Math.min(gap, 92), i === axes.length - 1)));
  host.replaceChildren(picture);
  const metric = metricNow();
  const strongest = document.documentElement.dataset.theme === "dark" ? "brightest" : "darkest";
  $("parallel-said").textContent = `${all.length > runs.length ? `the best ${runs.length} of ${all.length}`
    : runs.length} runs, ${strongest} are best`
    + ` · ${metric.name}: ${metric.lower ? "lower" : "higher"} is better · drag along an axis to choose`
    + (left ? ` · the ${left} least important keys are left out` : "");
  parallel.axes = axes;
  parallel.runs = runs;
  markStrands();
}

function mixed(share) {
  return `color-mix(in oklab, ${css("--high")} ${Math.round(100 * share * share)}%, ${css("--low")})`;
}

function axisGroup(axis, x, y, gap, last) {
  const group = svg("g", { transform: `translate(${x} 0)` },
    svg("line", { class: "axis", x1: 0, x2: 0, y1: TOP, y2: BOTTOM }));
  const room = Math.max(6, Math.floor(gap / 7.2));
  const cut = (text) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
  const title = svg("text", { x: 0, y: 20, "text-anchor": "middle", text: cut(axis.name) });
  title.append(svg("title", { text: axis.name }));
  title.style.fontWeight = 600;
  group.append(title);
  for (const [place, text] of axis.ticks) {
    group.append(svg("line", { class: "axis", x1: -4, x2: 0, y1: y(place), y2: y(place) }));
    group.append(svg("text", { class: "tick", x: last ? 7 : -7, y: y(place) + 4,
      "text-anchor": last ? "start" : "end", text: cut(text) }));
  }
  const brush = parallel.brushes.get(axis.name);
  const mark = svg("rect", { class: "brush", x: -9, width: 18, y: 0, height: 0 });
  if (brush) { mark.setAttribute("y", y(brush[1])); mark.setAttribute("height", y(brush[0]) - y(brush[1])); }
  const touch = svg("rect", { class: "touch", x: -14, width: 28, y: TOP - 8, height: BOTTOM - TOP + 16,
    "data-axis": axis.name });
  listenBrush(touch, mark, axis, y);
  group.append(mark, touch);
  return group;
}

function listenBrush(touch, mark, axis, y) {
  let start = null;
  const at = (event) => Math.max(TOP - 4, Math.min(BOTTOM + 4, event.clientY - touch.ownerSVGElement.getBoundingClientRect().top));
  const place = (py) => (BOTTOM - py) / (BOTTOM - TOP);
  touch.addEventListener("pointerdown", (event) => { start = at(event); touch.setPointerCapture(event.pointerId); });
  touch.addEventListener("pointermove", (event) => {
    if (start === null) return;
    const end = at(event);
    if (Math.abs(end - start) < 4) parallel.brushes.delete(axis.name);
    else parallel.brushes.set(axis.name, [place(Math.max(start, end)), place(Math.min(start, end))]);
    const brush = parallel.brushes.get(axis.name);
    mark.setAttribute("y", brush ? y(brush[1]) : 0);
    mark.setAttribute("height", brush ? y(brush[0]) - y(brush[1]) : 0);
    markStrands();
  });
  touch.addEventListener("pointerup", (event) => {
    if (start !== null && Math.abs(at(event) - start) < 4 && parallel.brushes.delete(axis.name)) {
      mark.setAttribute("height", 0);
      markStrands();
    }
    start = null;
  });
}

function markStrands() {
  if (!parallel.axes) return;
  const inside = (run) => parallel.axes.every((axis) => {
    const brush = parallel.brushes.get(axis.name);
    const place = axis.place(run);
    return !brush || (place >= brush[0] && place <= brush[1]);
  });
  parallel.passing = parallel.runs.filter(inside).map((run) => run.id);
  const passing = new Set(parallel.passing);
  for (const path of $("parallel-plot").querySelectorAll("path")) {
    const id = Number(path.dataset.run);
    const slot = state.selected.get(id);
    path.setAttribute("class", [passing.has(id) ? "" : "off", slot !== undefined && passing.has(id) ? "on" : "",
      state.hot === id ? "hot" : ""].join(" ").trim());
  }
  $("brush-clear").hidden = $("brush-select").hidden = !parallel.brushes.size;
  $("brush-select").textContent = `select these ${passing.size}`;
}

function startParallel() {
  $("brush-select").addEventListener("click", () => select(parallel.passing));
  $("brush-clear").addEventListener("click", () => { parallel.brushes.clear(); drawParallel(); });
  on("metric filter theme", drawParallel);
  on("selection hot", markStrands);
  let width = 0;
  new ResizeObserver(() => {
    if ($("parallel-plot").clientWidth !== width) drawParallel();
    width = $("parallel-plot").clientWidth;
  }).observe($("parallel-plot"));
  drawParallel();
}
