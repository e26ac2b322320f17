// What the network says: probabilities as bars, numbers, or the inputs as it gives them back.

const ALL = 12; // up to so many classes all stand in their order; of more, the likeliest
const bars = [];

function startAnswer() {
  $("answer-h").textContent = { softmax: "Probabilities", sigmoid: "Probabilities of each label",
    numbers: "Prediction", inputs: "Given back" }[OUTPUT.kind];
  if (OUTPUT.kind === "inputs" && DATA.input.kind === "picture") {
    $("answer-list").append(pixelCanvas("what the network gives back"), el("p", { class: "faint" }));
    return;
  }
  const probabilities = OUTPUT.kind === "softmax" || OUTPUT.kind === "sigmoid";
  const count = probabilities ? Math.min(ALL, NAMES.length) : NAMES.length;
  $("answer-list").classList.toggle("bars", probabilities);
  $("answer-list").classList.toggle("numbers", !probabilities);
  for (let i = 0; i < count; i += 1) {
    const bar = { name: el("span", { class: "name" }), fill: el("span"), value: el("span", { class: "value" }) };
    bar.row = el("div", { class: "row" }, bar.name,
      ...(probabilities ? [el("span", { class: "track" }, bar.fill)] : []), bar.value);
    $("answer-list").append(bar.row);
    bars.push(bar);
  }
  $("answer-said").textContent = count < NAMES.length ? `the ${count} likeliest of ${NAMES.length}` : "";
}

/** seen: what `run` gave, or null: there is nothing to answer for. */
function showAnswer(seen) {
  $("answer").classList.toggle("none", !seen);
  if (OUTPUT.kind === "inputs" && DATA.input.kind === "picture") {
    const [canvas, said] = $("answer-list").children;
    showPixels(canvas, seen ? seen.answer : ground());
    said.textContent = seen ? `mean squared error ${plain(meanSquare(seen))}` : "";
    return;
  }
  if (OUTPUT.kind === "softmax" || OUTPUT.kind === "sigmoid") showBars(seen?.answer);
  else bars.forEach((bar, i) => {
    bar.name.textContent = NAMES[i];
    bar.value.textContent = seen ? plain(seen.answer[i]) : "–";
  });
  if (OUTPUT.kind === "inputs") $("answer-said").textContent = seen ? `mean squared error ${plain(meanSquare(seen))}` : "";
}

/** Of normalized inputs, as `predict` says it. */
const meanSquare = ({ x, outputs }) => x.reduce((sum, xi, i) => sum + (xi - outputs[i]) ** 2, 0) / x.length;

function showBars(p) {
  const order = NAMES.map((_, i) => i);
  if (p && bars.length < NAMES.length) order.sort((a, b) => p[b] - p[a]);
  const best = p && OUTPUT.kind === "softmax" ? p.indexOf(p.reduce((a, b) => Math.max(a, b))) : -1;
  bars.forEach((bar, place) => {
    const i = order[place];
    bar.name.textContent = NAMES[i];
    bar.name.title = NAMES[i];
    if (DATA.input.plot && OUTPUT.kind === "softmax") bar.fill.style.background = `var(--c${i % 7})`;
    bar.fill.style.width = p ? `${100 * p[i]}%` : "0";
    bar.value.textContent = p ? `${(100 * p[i]).toFixed(1)} %` : "";
    bar.row.classList.toggle("best", i === best || (OUTPUT.kind === "sigmoid" && !!p && p[i] >= 0.5));
  });
}

/** For those who listen rather than look. */
function inWords(answer) {
  if (OUTPUT.kind === "softmax") {
    const best = answer.indexOf(answer.reduce((a, b) => Math.max(a, b)));
    return `${NAMES[best]}, ${(100 * answer[best]).toFixed(1)} percent`;
  }
  if (OUTPUT.kind === "sigmoid") return NAMES.filter((_, i) => answer[i] >= 0.5).join(", ") || "none of the labels";
  return OUTPUT.kind === "numbers" ? NAMES.map((name, i) => `${name} ${plain(answer[i])}`).join(", ") : "";
}
