// One run: what its summary says, and what its test left: a confusion matrix and the images that
// were mistaken, or the numbers that a regression predicted.

const MOST_CELLS = 24; // classes up to which the matrix is a table with numbers

function className(run, i) {
  return DATA.classes[run.classes]?.[i] ?? String(i);
}

function drawRun() {
  const run = RUNS[state.open];
  $("run-choice").value = String(state.open);
  const [left, middle, right] = [el("div"), el("div"), el("div")];
  left.append(el("h3", { text: run.title }));
  if (run.problem) left.append(el("p", { class: "problem", text: `${run.status}: ${run.problem}` }));
  left.append(...findings(run));
  const metrics = DATA.metrics.flatMap((m, i) =>
    (run.values[i] === null ? [] : [[m.name, show(run.values[i], m.form)]]));
  const rows = [["state", run.status.replace("_", " ")], ["folder", run.path], ...metrics,
    ["at epoch", run.epoch === null ? "–" : String(run.epoch)], ["time", show(run.seconds, "seconds")],
    ...run.facts];
  left.append(el("dl", {}, ...rows.flatMap(([name, value]) =>
    [el("dt", { text: name }), el("dd", { text: value })])));
  const ofClasses = run.task === "classification";
  if (run.confusion || (ofClasses && run.untold)) {
    middle.append(el("h3", { text: "Confusion matrix of the test set" }));
    middle.append(...(run.confusion ? confusion(run) : [el("p", { class: "empty", text: run.untold })]));
  } else if (run.points) middle.append(el("h3", { text: "Predicted and true, test rows" }), ...scatters(run));
  else if (run.untold) middle.append(el("p", { class: "empty", text: run.untold }));
  if (run.mistakes || ofClasses) right.append(el("h3", { text: "Most confident mistakes" }));
  if (run.mistakes) right.append(...mistakes(run));
  else if (ofClasses) {
    right.append(el("p", { class: "empty", text: run.rank !== null && run.rank > 20
      ? "Only the 20 best runs carry their images." : "No misclassified images were saved, or they are not images." }));
  }
  const parts = [left, middle, right].filter((part) => part.childNodes.length);
  $("run-body").replaceChildren(el("div", { class: parts.length < 3 ? "detail two" : "detail" }, ...parts));
}

function confusion(run) {
  const n = Math.round(Math.sqrt(run.confusion.length));
  const count = (t, p) => run.confusion[t * n + p];
  const sums = Array.from({ length: n }, (_, t) => run.confusion.slice(t * n, (t + 1) * n).reduce((a, b) => a + b, 0));
  let worst = 0; // the largest share of a class that went astray sets the scale of the errors
  for (let t = 0; t < n; t += 1) for (let p = 0; p < n; p += 1) {
    if (t !== p && sums[t]) worst = Math.max(worst, count(t, p) / sums[t]);
  }
  const colour = (t, p) => {
    const share = sums[t] ? count(t, p) / sums[t] : 0;
    if (t === p) return `rgba(${css("--right")}, ${(0.1 + 0.6 * share * share).toFixed(3)})`;
    return share ? `rgba(${css("--wrong")}, ${(0.08 + 0.72 * Math.sqrt(share / worst)).toFixed(3)})` : "transparent";
  };
  const text = (t, p) => `${count(t, p).toLocaleString("en-US")} of ${sums[t].toLocaleString("en-US")}: `
    + `${className(run, t)} ${t === p ? "recognised" : `taken for ${className(run, p)}`}`
    + (sums[t] ? ` (${(100 * count(t, p) / sums[t]).toFixed(2)} %)` : "");
  const legend = el("p", { class: "faint", text: "rows: true class · columns: prediction · blue: right · orange: wrong" });
  const total = sums.reduce((a, b) => a + b, 0);
  const right = sums.reduce((a, _, i) => a + count(i, i), 0);
  const line = el("p", { text: total ? `${right.toLocaleString("en-US")} of ${total.toLocaleString("en-US")} right (${(100 * right / total).toFixed(2)} %)` : "" });
  return [n > MOST_CELLS ? matrixCanvas(n, colour, text) : matrixTable(run, n, count, sums, colour, text), legend, line];
}

function matrixTable(run, n, count, sums, colour, text) {
  const names = Array.from({ length: n }, (_, i) => className(run, i));
  const short = (name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name);
  const head = el("tr", {}, el("td"), ...names.map((name) => el("th", { scope: "col", title: name, text: short(name) })),
    el("th", { scope: "col", text: "recall" }));
  const body = names.map((name, t) => el("tr", {}, el("th", { scope: "row", title: name, text: short(name) }),
    ...names.map((_, p) => {
      const cell = el("td", { class: count(t, p) ? "" : "zero", title: text(t, p), text: String(count(t, p)) });
      cell.style.background = colour(t, p);
      return cell;
    }),
    el("td", { class: "recall", text: sums[t] ? `${(100 * count(t, t) / sums[t]).toFixed(1)} %` : "–" })));
  return el("div", { class: "scroll" }, el("table", { class: "confusion" }, el("thead", {}, head), el("tbody", {}, ...body)));
}

function matrixCanvas(n, colour, text) {
  const size = Math.max(2, Math.floor(480 / n));
  const canvas = el("canvas", { class: "matrix", width: n * size, height: n * size, role: "img",
    "aria-label": `confusion matrix of ${n} classes` });
  const g = canvas.getContext("2d");
  for (let t = 0; t < n; t += 1) for (let p = 0; p < n; p += 1) {
    g.fillStyle = colour(t, p);
    g.fillRect(p * size, t * size, size, size);
  }
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const p = Math.floor(((event.clientX - box.left) / box.width) * n);
    const t = Math.floor(((event.clientY - box.top) / box.height) * n);
    tip(p >= 0 && t >= 0 && p < n && t < n ? text(t, p) : "", event.clientX, event.clientY);
  });
  canvas.addEventListener("pointerleave", () => tip("", 0, 0));
  return canvas;
}

function mistakes(run) {
  const { shape: [h, w, channels], pixels, true: truth, predicted, probability } = run.mistakes;
  const bytes = Uint8Array.from(atob(pixels), (c) => c.charCodeAt(0));
  const figures = truth.map((label, k) => {
    const canvas = el("canvas", { width: w, height: h, role: "img",
      "aria-label": `${className(run, label)}, taken for ${className(run, predicted[k])}` });
    const g = canvas.getContext("2d");
    const image = g.createImageData(w, h);
    for (let i = 0; i < h * w; i += 1) {
      const from = (k * h * w + i) * channels;
      for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = bytes[from + (channels === 3 ? c : 0)];
      image.data[4 * i + 3] = 255;
    }
    g.putImageData(image, 0, 0);
    const caption = el("figcaption", { text: `${className(run, label)} → ${className(run, predicted[k])}` });
    if (probability[k] !== null) caption.append(el("small", { text: sureness(probability[k]) }));
    return el("figure", {}, canvas, caption);
  });
  return [el("div", { class: "mistakes" }, ...figures),
    el("p", { class: "faint", text: "true → predicted, with the probability given to the wrong answer" })];
}

const sureness = (p) => (p >= 0.995 && p < 1 ? ">99 %" : p > 0 && p < 0.01 ? "<1 %" : `${(100 * p).toFixed(0)} %`);

function startDetails() {
  $("run-choice").append(...RUNS.map((run) => el("option", { value: run.id,
    text: `${run.rank === null ? run.status : `#${run.rank}`}  ${run.label}` })));
  $("run-choice").addEventListener("change", (event) => openRun(Number(event.target.value)));
  $("run-back").addEventListener("click", () => openRun((state.open + RUNS.length - 1) % RUNS.length));
  $("run-on").addEventListener("click", () => openRun((state.open + 1) % RUNS.length));
  for (const id of ["run-back", "run-on"]) $(id).hidden = RUNS.length < 2;
  on("open theme", drawRun);
  drawRun();
}
