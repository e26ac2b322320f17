// Predicted against true numbers of one run's test rows: one small square plot for each target.

const SIDE = 300; // of a plot
const EDGE = { left: 62, bottom: 40, top: 8, right: 10 };

function scatters(run) {
  const { rows, names, true: truth, predicted } = run.points;
  const plots = names.map((name, j) => scatter(name, truth[j], predicted[j]));
  const drawn = Math.max(...truth.map((values) => values.length));
  const some = drawn < rows ? `${drawn.toLocaleString("en-US")} of ${rows.toLocaleString("en-US")} rows` : `${rows} rows`;
  return [el("div", { class: "scatters" }, ...plots),
    el("p", { class: "faint", text: `${some} · on the line a prediction is right` })];
}

function scatter(name, truth, predicted) {
  const [low, high] = commonRange(truth, predicted);
  const ratio = devicePixelRatio || 1;
  const canvas = el("canvas", { width: SIDE * ratio, height: SIDE * ratio, role: "img",
    "aria-label": `${name}: ${truth.length} predictions against true values` });
  canvas.style.width = `${SIDE}px`;
  const g = canvas.getContext("2d");
  g.scale(ratio, ratio);
  const size = SIDE - EDGE.left - EDGE.right;
  const tall = SIDE - EDGE.top - EDGE.bottom;
  const x = (v) => EDGE.left + ((v - low) / (high - low)) * size;
  const y = (v) => EDGE.top + tall - ((v - low) / (high - low)) * tall;
  drawScatterAxes(g, x, y, low, high);
  g.fillStyle = css("--c0");
  g.globalAlpha = truth.length > 100 ? 0.45 : 0.7;
  let outside = 0;
  truth.forEach((t, i) => {
    if (predicted[i] < low || predicted[i] > high) { outside += 1; return; }
    g.beginPath();
    g.arc(x(t), y(predicted[i]), 2.6, 0, 7);
    g.fill();
  });
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const near = nearestPoint(truth.map(x), predicted.map(y), event.clientX - box.left, event.clientY - box.top);
    tip(near === null ? "" : `true ${plain(truth[near])}\npredicted ${plain(predicted[near])}`, event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => tip("", 0, 0));
  const caption = el("figcaption", { text: name });
  if (outside) caption.append(el("small", { text: `${outside} outside the frame` }));
  return el("figure", {}, caption, canvas);
}

/** All true values, and of the predicted ones those no further off than the true ones span. */
function commonRange(truth, predicted) {
  if (!truth.length) return [0, 1];
  const [low, high] = [Math.min(...truth), Math.max(...truth)];
  const reach = high - low || Math.abs(high) || 1;
  const near = predicted.filter((v) => v >= low - reach && v <= high + reach);
  const [from, to] = [Math.min(low, ...near), Math.max(high, ...near)];
  const pad = 0.04 * (to - from) || 0.05 * Math.abs(to) || 0.5;
  return [from - pad, to + pad];
}

function drawScatterAxes(g, x, y, low, high) {
  const [bottom, right] = [SIDE - EDGE.bottom, SIDE - EDGE.right];
  g.font = "12px system-ui, sans-serif";
  g.strokeStyle = css("--rule");
  g.fillStyle = css("--faint");
  for (const tick of linearTicks(low, high, 3)) {
    const text = tickText(tick, false, 1);
    for (const [from, to] of [[[x(tick), EDGE.top], [x(tick), bottom]], [[EDGE.left, y(tick)], [right, y(tick)]]]) {
      g.beginPath();
      g.moveTo(...from);
      g.lineTo(...to);
      g.stroke();
    }
    g.textAlign = "right";
    g.textBaseline = "middle";
    g.fillText(text, EDGE.left - 6, y(tick));
    g.textAlign = "center";
    g.textBaseline = "top";
    g.fillText(text, Math.min(x(tick), SIDE - g.measureText(text).width / 2), bottom + 5);
  }
  g.fillText("true", (EDGE.left + right) / 2, SIDE - 15);
  g.save();
  g.translate(2, (EDGE.top + bottom) / 2);
  g.rotate(-Math.PI / 2);
  g.fillText("predicted", 0, 0);
  g.restore();
  g.strokeStyle = css("--faint");
  g.beginPath();
  g.moveTo(x(low), y(low));
  g.lineTo(x(high), y(high));
  g.stroke();
}

function nearestPoint(xs, ys, px, py) {
  let [best, least] = [null, 100];
  xs.forEach((x, i) => {
    const d = (x - px) ** 2 + (ys[i] - py) ** 2;
    if (d < least) [best, least] = [i, d];
  });
  return best;
}
