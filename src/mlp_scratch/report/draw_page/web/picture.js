// The sheet to draw on. A figure is drawn anywhere and as large as you like, and becomes one of
// MNIST's; anything else is painted pixel by pixel, on black or on a test picture.

const drawing = {
  strokes: [], // {points, ink, width}: of the pen
  base: null, // a test picture that is drawn on
  centred: DATA.input.centred,
};

/** The features of what is drawn, or null where there is nothing. */
function pictureRow() {
  const { strokes, base } = drawing;
  if (!base && !strokes.length) return null;
  const row = base ? Float64Array.from(base) : ground();
  if (drawing.centred && !base) {
    paint(row, figure(strokes.map((s) => s.points), [HEIGHT, WIDTH]), [BRIGHT, BRIGHT, BRIGHT]);
    return row;
  }
  for (const { points, ink, width } of strokes) {
    paint(row, coverage([points], [HEIGHT, WIDTH], width, ([x, y]) => [x * WIDTH, y * HEIGHT]), ink);
  }
  return row;
}

function ground() {
  return new Float64Array(HEIGHT * WIDTH * CHANNELS)
    .map((_, i) => (CHANNELS === 4 && i % 4 === 3 ? BRIGHT : DARK));
}

function paint(row, cover, ink) {
  const colour = CHANNELS > 3 ? [...ink, BRIGHT] : ink;
  cover.forEach((c, i) => {
    if (!c) return;
    for (let k = 0; k < CHANNELS; k += 1) {
      const at = i * CHANNELS + k;
      row[at] += c * (colour[k] - row[at]);
    }
  });
}

function startPicture() {
  const sheet = $("sheet");
  const longer = Math.max(HEIGHT, WIDTH);
  sheet.style.aspectRatio = `${WIDTH} / ${HEIGHT}`;
  $("seen").append(pixelCanvas("what the network sees"));
  let pen = null;
  const at = (event) => {
    const box = sheet.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  sheet.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button) return;
    event.preventDefault();
    sheet.setPointerCapture(event.pointerId);
    pen = { points: [at(event)], ink: inkNow(), width: Number($("brush").value) };
    drawing.strokes.push(pen);
    changed();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (!pen || !event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) pen.points.push(at(one));
    changed();
  });
  const lift = () => { if (pen) say(); pen = null; };
  sheet.addEventListener("pointerup", lift);
  sheet.addEventListener("pointercancel", lift);
  $("clear").addEventListener("click", () => { restart(null); });
  $("undo").addEventListener("click", () => { drawing.strokes.pop(); changed(); say(); });
  $("centred").checked = drawing.centred;
  $("centred-choice").hidden = !drawing.centred;
  $("centred").addEventListener("change", () => { drawing.centred = $("centred").checked; changed(); });
  $("brush").max = Math.max(4, longer / 4);
  $("brush").value = Math.max(1, longer * USUAL * FRAME);
  $("ink-colour").hidden = CHANNELS < 3;
  $("ink-grey").hidden = CHANNELS >= 3;
  const examples = examplePictures();
  $("examples").hidden = !examples.length;
  examples.forEach((row, i) => {
    const truth = DATA.input.truths[i];
    const canvas = pixelCanvas("");
    showPixels(canvas, row);
    const name = truth ? `test picture ${i + 1}, truly ${truth}` : `test picture ${i + 1}`;
    $("example-list").append(el("button", { type: "button", title: name, "aria-label": name,
      onclick: () => restart(row) }, canvas));
  });
  on("theme", showSheet);
  if (!drawing.centred && examples.length) drawing.base = examples[0];
}

function restart(base) {
  Object.assign(drawing, { strokes: [], base });
  changed();
  say();
}

function inkNow() {
  const parts = CHANNELS < 3 ? [$("ink-grey").value / 255]
    : $("ink-colour").value.match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16) / 255);
  return parts.map((part) => DARK + part * (BRIGHT - DARK));
}

/** The sheet: the pen's own lines while a figure is drawn, else the pixels themselves. */
function showSheet() {
  const figureDrawn = drawing.centred && !drawing.base;
  const row = pictureRow();
  const sheet = $("sheet");
  const side = figureDrawn ? 560 : 1;
  [sheet.width, sheet.height] = figureDrawn ? [side, Math.round((side * HEIGHT) / WIDTH)] : [WIDTH, HEIGHT];
  const pen = sheet.getContext("2d");
  if (figureDrawn) {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.strokeStyle = "#fff";
    drawLines(pen, drawing.strokes.map((s) => s.points), side * USUAL * FRAME,
      ([x, y]) => [x * sheet.width, y * sheet.height]);
  } else showPixels(sheet, row ?? ground());
  $("hint").hidden = row !== null;
  $("seen").parentElement.hidden = !figureDrawn;
  showPixels($("seen").firstChild, row ?? ground());
  $("pen").hidden = figureDrawn;
  $("undo").disabled = !drawing.strokes.length;
  $("clear").disabled = row === null;
}
