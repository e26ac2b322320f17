// The units of each layer as cells: blue above 0, orange below, the deeper the further.

const layerViews = [];
const FIRST = STEPS.find((step) => step.kind === "dense");

/** Colour [r, g, b] of a value from -1 to 1. */
function shade(value) {
  const end = palette()[value < 0 ? 2 : 1];
  const share = Math.min(1, Math.abs(value)) ** 0.8;
  return palette()[0].map((from, k) => Math.round(from + share * (end[k] - from)));
}

let known = null;
function palette() {
  known ??= ["--zero", "--c0", "--c1"].map((name) => channels(css(name)));
  return known;
}

/** "#0072b2" -> [0, 114, 178]. */
const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function startLayers() {
  on("theme", () => { known = null; });
  const { shown } = run(new Float64Array(DATA.network.sizes[0]));
  shown.forEach(({ title, units }, k) => {
    const canvas = el("canvas", { role: "img" });
    const said = el("span", { class: "faint" });
    const view = { canvas, said, n: units.length, largest: 1e-9, units, title };
    $("layer-list").append(el("figure", {}, el("figcaption", {}, el("b", { text: title }), " ", said), canvas));
    canvas.addEventListener("pointermove", (event) => point(view, k, event));
    canvas.addEventListener("pointerdown", (event) => point(view, k, event));
    canvas.addEventListener("pointerleave", () => tip("", 0, 0));
    layerViews.push(view);
  });
  $("layers").hidden = !shown.length;
  const pictures = DATA.input.kind === "picture" && FIRST === STEPS[0] && shown.length > 0;
  $("weights").hidden = !pictures;
  if (pictures) {
    $("weights").prepend(pixelCanvas("weights of a unit"));
    showUnit(0);
  }
  new ResizeObserver(() => showLayers()).observe($("layer-list"));
}

/** Let the scales know how far units go. */
function learnScales(shown) {
  shown.forEach(({ units }, k) => {
    const view = layerViews[k];
    view.largest = units.reduce((a, b) => Math.max(a, Math.abs(b)), view.largest);
  });
}

function showLayers(shown = null) {
  if (shown) learnScales(shown);
  const wide = $("layer-list").clientWidth;
  layerViews.forEach((view, k) => {
    if (shown) view.units = shown[k].units;
    const { canvas, n, units, largest } = view;
    const side = Math.max(4, Math.min(22, Math.floor(Math.sqrt((wide * 90) / n))));
    const across = Math.min(n, Math.max(1, Math.floor(wide / side)));
    const rows = Math.ceil(n / across);
    const fine = Math.min(2, devicePixelRatio || 1);
    view.across = Math.ceil(n / rows);
    view.side = side;
    [canvas.width, canvas.height] = [view.across * side * fine, rows * side * fine];
    canvas.style.width = `${view.across * side}px`;
    const pen = canvas.getContext("2d");
    const gap = side > 6 ? 1 : 0;
    units.forEach((value, i) => {
      pen.fillStyle = `rgb(${shade(value / largest).join(" ")})`;
      pen.fillRect((i % view.across) * side * fine, Math.floor(i / view.across) * side * fine,
        (side - gap) * fine, (side - gap) * fine);
    });
    const above = units.reduce((count, value) => count + (value > 0), 0);
    view.said.textContent = `${n} ${n === 1 ? "unit" : "units"}, ${above} above 0; full colour at ${plain(largest)}`;
    canvas.setAttribute("aria-label", `${view.title}: ${view.said.textContent}`);
  });
}

function point(view, k, event) {
  const box = view.canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / view.side);
  const i = Math.floor((event.clientY - box.top) / view.side) * view.across + column;
  if (column >= view.across || !(i >= 0 && i < view.n)) return;
  tip(`unit ${i + 1}: ${plain(view.units[i])}`, event.clientX, event.clientY);
  if (k === 0 && !$("weights").hidden) showUnit(i);
}

/** The weights of a unit of the first layer, which are as many as there are pixels. */
function showUnit(i) {
  const n = FIRST.b.length;
  showWeights($("weights").firstChild, Array.from({ length: HEIGHT * WIDTH * CHANNELS }, (_, p) => FIRST.W[p * n + i]));
  $("weights-said").textContent = `Weights of unit ${i + 1} of layer 1. Point at another.`;
}

/** A number in about four digits. */
function plain(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2).replace("e+", "e");
  return String(Number(value.toPrecision(4)));
}
