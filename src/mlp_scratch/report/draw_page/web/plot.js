// One or two columns: all answers at once. Click or drag to put a value in.

const PLOT = { output: 0, view: null, image: null };
const CELLS = 120; // of a map, each way, where the network is quick
const WORK = 150_000_000; // multiplications that a map may cost

const classColour = (i) => channels(css(`--c${i % 7}`));
const mixed = (a, b, share) => a.map((from, k) => Math.round(from + share * (b[k] - from)));
const rgb = (colour) => `rgb(${colour.join(" ")})`;

/** How far the axes go: all points, or where the sliders go, and a little more. */
function spread(k) {
  const { low, high } = COLUMNS[k];
  const all = DATA.input.points.map((p) => p[k]).filter((v) => v !== null).concat(low, high);
  const [from, to] = [extreme(all, 0), extreme(all, 1)];
  const pad = 0.06 * (to - from);
  return [from - pad, to + pad];
}

function startPlot() {
  const flat = DATA.input.plot === 2;
  PLOT.x = spread(0);
  PLOT.y = flat ? spread(1) : null;
  $("plot-h").textContent = flat ? "Map" : "Curve";
  const several = OUTPUT.kind !== "softmax" && NAMES.length > 1;
  $("plot-output-choice").hidden = !several;
  $("plot-output").append(...NAMES.map((name, i) => el("option", { value: i, text: name })));
  $("plot-output").addEventListener("change", () => {
    PLOT.output = Number($("plot-output").value);
    PLOT.image = null;
    showPlot();
  });
  const canvas = $("plot-canvas");
  const axes = [PLOT.x, PLOT.y];
  let down = false;
  const put = (event) => {
    const box = canvas.getBoundingClientRect();
    const [u, v] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const at = ([low, high], share) => low + Math.max(0, Math.min(1, share)) * (high - low);
    setValues(flat ? [at(PLOT.x, u), at(PLOT.y, 1 - v)] : [at(PLOT.x, u)]);
  };
  canvas.addEventListener("pointerdown", (event) => {
    down = true;
    canvas.setPointerCapture(event.pointerId);
    put(event);
  });
  canvas.addEventListener("pointermove", (event) => { if (down) put(event); });
  const lift = () => { if (down) say(); down = false; };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    setValues(values.map((v, k) => v + (way[k] * (axes[k][1] - axes[k][0])) / 50));
    say();
  });
  on("theme", () => { PLOT.image = null; });
  new ResizeObserver(showPlot).observe(canvas.parentElement);
}

/** The answers over the whole map as a picture, made once. */
function mapImage() {
  const cost = DATA.network.sizes.reduce((sum, n, k, all) => sum + (k ? n * all[k - 1] : 0), 0);
  const n = Math.round(Math.max(30, Math.min(CELLS, Math.sqrt(WORK / cost))));
  const answers = [];
  for (let row = 0; row < n; row += 1) {
    for (let column = 0; column < n; column += 1) {
      answers.push(run(encoded([PLOT.x[0] + ((column + 0.5) / n) * (PLOT.x[1] - PLOT.x[0]),
        PLOT.y[1] - ((row + 0.5) / n) * (PLOT.y[1] - PLOT.y[0])])).answer);
    }
  }
  const colour = colouring(answers.map((a) => a[PLOT.output]));
  const canvas = el("canvas", { width: n, height: n });
  const image = canvas.getContext("2d").createImageData(n, n);
  answers.forEach((answer, i) => image.data.set([...colour(answer), 255], 4 * i));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** How an answer is coloured; `all`: the numbers of the output that is shown. */
function colouring(all) {
  const ground = channels(css("--card"));
  if (OUTPUT.kind === "softmax") {
    $("plot-said").textContent = "the stronger the colour, the surer";
    return (p) => {
      const best = p.indexOf(p.reduce((a, b) => Math.max(a, b)));
      const sure = (p[best] - 1 / p.length) / (1 - 1 / p.length || 1);
      return mixed(ground, classColour(best), 0.08 + 0.52 * sure);
    };
  }
  const [low, high] = OUTPUT.kind === "sigmoid" ? [0, 1] : [extreme(all, 0), extreme(all, 1)];
  PLOT.scale = [low, high];
  $("plot-said").textContent = `blue ${plain(high)}, orange ${plain(low)}`;
  return (p) => {
    const share = high > low ? (2 * (p[PLOT.output] - low)) / (high - low) - 1 : 0;
    return mixed(ground, classColour(share < 0 ? 1 : 0), 0.75 * Math.abs(share));
  };
}

function showPlot() {
  const canvas = $("plot-canvas");
  const side = canvas.parentElement.clientWidth;
  if (!side) return;
  const fine = Math.min(2, devicePixelRatio || 1);
  [canvas.width, canvas.height] = [side * fine, side * fine * (PLOT.y ? 1 : 0.62)];
  const pen = canvas.getContext("2d");
  pen.lineWidth = 2 * fine;
  const x = (v) => ((v - PLOT.x[0]) / (PLOT.x[1] - PLOT.x[0])) * canvas.width;
  if (PLOT.y) showMap(pen, x, fine);
  else showCurve(pen, x, fine);
  const labels = [["x-low", PLOT.x[0]], ["x-high", PLOT.x[1]]];
  const y = PLOT.y ?? PLOT.range;
  for (const [id, value] of [...labels, ["y-low", y[0]], ["y-high", y[1]]]) $(id).textContent = plain(value);
  $("x-name").textContent = COLUMNS[0].name;
  $("y-name").textContent = PLOT.y ? COLUMNS[1].name : OUTPUT.kind === "softmax" ? "probability" : NAMES[PLOT.output];
}

function showMap(pen, x, fine) {
  const { width, height } = pen.canvas;
  const y = (v) => height * (1 - (v - PLOT.y[0]) / (PLOT.y[1] - PLOT.y[0]));
  PLOT.image ??= mapImage();
  pen.imageSmoothingEnabled = true;
  pen.drawImage(PLOT.image, 0, 0, width, height);
  const colour = OUTPUT.kind === "softmax" ? classColour : numberColour;
  const points = OUTPUT.kind === "softmax" || PLOT.output === 0 ? DATA.input.points : [];
  for (const [a, b, target] of points) {
    dot(pen, x(a), y(b), 3.2 * fine, rgb(colour(target)), css("--card"), fine);
  }
  dot(pen, x(values[0]), y(values[1]), 7 * fine, "transparent", css("--ink"), 2.5 * fine);
}

/** Of the first number or label, on the scale of the map. */
function numberColour(target) {
  const [low, high] = PLOT.scale;
  const share = high > low ? Math.max(-1, Math.min(1, (2 * (target - low)) / (high - low) - 1)) : 0;
  return mixed(channels(css("--soft")), classColour(share < 0 ? 1 : 0), Math.abs(share));
}

function showCurve(pen, x, fine) {
  const { width, height } = pen.canvas;
  const classes = OUTPUT.kind === "softmax";
  PLOT.image ??= Array.from({ length: 241 }, (_, i) => {
    const at = PLOT.x[0] + (i / 240) * (PLOT.x[1] - PLOT.x[0]);
    return { at, answer: run(encoded([at])).answer };
  });
  const shown = classes ? NAMES.map((_, i) => i) : [PLOT.output];
  const points = OUTPUT.kind === "numbers" && PLOT.output === 0 ? DATA.input.points : [];
  const all = PLOT.image.flatMap(({ answer }) => shown.map((i) => answer[i])).concat(points.map((p) => p[1]));
  const numbers = OUTPUT.kind === "numbers";
  const [low, high] = numbers ? [extreme(all, 0), extreme(all, 1)] : [0, 1];
  const pad = 0.06 * (high - low || 1);
  PLOT.range = [low - pad, high + pad];
  const y = (v) => height * (1 - (v - PLOT.range[0]) / (PLOT.range[1] - PLOT.range[0]));
  for (const [a, target] of points) dot(pen, x(a), y(target), 2.6 * fine, css("--grey"), css("--card"), fine);
  for (const i of shown) {
    pen.strokeStyle = rgb(classColour(classes ? i : 0));
    pen.lineWidth = 2.2 * fine;
    pen.beginPath();
    PLOT.image.forEach(({ at, answer }, k) => pen[k ? "lineTo" : "moveTo"](x(at), y(answer[i])));
    pen.stroke();
  }
  pen.fillStyle = css("--ink");
  pen.fillRect(x(values[0]) - fine / 2, 0, fine, height);
  for (const i of shown) dot(pen, x(values[0]), y(latest.answer[i]), 5 * fine, rgb(classColour(classes ? i : 0)), css("--ink"), 2 * fine);
}

function dot(pen, x, y, radius, fill, edge, line) {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.lineWidth = line;
  pen.fill();
  pen.stroke();
}
