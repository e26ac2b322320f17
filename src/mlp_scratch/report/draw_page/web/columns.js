// A table's columns: something to move for each, and what becomes of it, as the encoder has it.

const COLUMNS = DATA.input.columns ?? [];
const values = COLUMNS.map((column) => (column.kind === "category" ? 0 : middle(column)));
const DAY = 86_400_000;
const movers = [];

function middle({ low, high, whole, kind }) {
  const half = (low + high) / 2;
  return whole || kind === "date" ? Math.round(half) : half;
}

/** Values (numbers, days since 1970, numbers of levels; null: none) -> features less their offset. */
function encoded(row) {
  const features = new Float64Array(DATA.network.sizes[0]);
  const set = (place, value) => { if (place !== null && place !== undefined) features[place] = value; };
  COLUMNS.forEach((column, i) => {
    if (column.kind === "category") {
      set(column.levels[row[i]]?.at, 1);
      return;
    }
    const gap = row[i] === null;
    const value = gap ? column.fill ?? middle(column) : row[i];
    features[column.at] = value - column.offset;
    set(column.gap, gap ? 1 : 0);
    if (column.kind !== "date") return;
    const date = new Date(Math.floor(value) * DAY);
    set(column.year, date.getUTCFullYear());
    if (gap) return;
    for (const [month, place] of column.months) set(place, date.getUTCMonth() + 1 === month ? 1 : 0);
    for (const [day, place] of column.weekdays) set(place, (date.getUTCDay() + 6) % 7 === day ? 1 : 0);
  });
  return features;
}

window.mlp.encoded = (row) => Array.from(encoded(row));

function startColumns() {
  const examples = DATA.input.examples;
  COLUMNS.forEach((column, i) => {
    movers.push(column.kind === "category" ? levelMover(column, i) : numberMover(column, i));
  });
  $("row-examples").hidden = !examples.length;
  examples.forEach(({ values: row, truth }, i) => {
    $("row-list").append(el("button", { type: "button", text: truth || `row ${i + 1}`,
      title: `test row ${i + 1}`, onclick: () => { setValues(row); say(); } }));
  });
  if (examples.length) values.splice(0, values.length, ...examples[0].values);
  setValues(values.slice());
}

/** Put values in, and let everything show them. */
function setValues(row) {
  row.forEach((value, i) => { values[i] = value; movers[i]?.(); });
  changed();
}

function levelMover({ name, levels }, i) {
  const options = levels.map((level, k) => el("option", { value: k, text: level.text }));
  const choice = el("select", { "aria-label": name,
    onchange: () => { values[i] = Number(choice.value); changed(); say(); } }, ...options);
  $("movers").append(el("label", { text: name }), choice, el("span"));
  return () => { choice.value = String(values[i]); };
}

function numberMover(column, i) {
  const { name, low, high, whole, kind, gap } = column;
  const step = whole || kind === "date" ? 1 : (high - low) / 200;
  const slider = el("input", { type: "range", min: low, max: high, step: step || "any", "aria-label": name });
  const box = el("input", { type: kind === "date" ? "date" : "number", step: kind === "date" ? 1 : "any",
    "aria-label": `${name}, as a number`, placeholder: gap === null && column.fill === null ? "" : "missing" });
  const take = (value) => { values[i] = value; show(); changed(); };
  const typed = () => (kind === "date" ? box.valueAsNumber / DAY : box.valueAsNumber);
  slider.addEventListener("input", () => take(Number(slider.value)));
  slider.addEventListener("change", () => say());
  box.addEventListener("change", () => {
    const value = typed();
    if (Number.isFinite(value)) take(value);
    else if (gap !== null || column.fill !== null) take(null);
    else show();
    say();
  });
  const show = () => {
    const value = values[i];
    if (value !== null) slider.value = String(value);
    slider.classList.toggle("off", value === null);
    if (value === null) box.value = "";
    else if (kind === "date") box.value = new Date(Math.floor(value) * DAY).toISOString().slice(0, 10);
    else box.value = String(Number(value.toPrecision(6)));
  };
  $("movers").append(el("label", { text: name }), slider, box);
  return show;
}
