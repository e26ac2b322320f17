// From pen strokes to pixels. A stroke has points [x, y], 0 to 1 across the sheet.

// As the reader of photographs has them (data/pictures/ink/strokes.py), measured on MNIST:
const FRAME = 20 / 28; // the share of the picture that a figure's longer side fills
const USUAL = 0.115; // width of a stroke, of the figure's longer side
const ENLARGED = 3; // times at most, so that a dot stays one

const sheets = new Map();

/** How much of each pixel (h x w, row after row) the strokes cover, 0 to 1. `place` puts a point
 * where it belongs, in pixels; `width` of the line, in pixels. */
function coverage(strokes, [h, w], width, place) {
  const fine = Math.max(1, Math.floor(256 / Math.max(h, w)));
  const key = `${h} ${w}`;
  if (!sheets.has(key)) {
    const canvas = el("canvas", { width: w * fine, height: h * fine });
    sheets.set(key, canvas.getContext("2d", { willReadFrequently: true }));
  }
  const pen = sheets.get(key);
  pen.clearRect(0, 0, w * fine, h * fine);
  drawLines(pen, strokes, width * fine, (point) => place(point).map((v) => v * fine));
  const { data } = pen.getImageData(0, 0, w * fine, h * fine);
  const sums = new Float64Array(h * w);
  for (let y = 0, at = 3; y < h * fine; y += 1) {
    const row = Math.floor(y / fine) * w;
    for (let x = 0; x < w * fine; x += 1, at += 4) sums[row + Math.floor(x / fine)] += data[at];
  }
  return sums.map((sum) => sum / (255 * fine * fine));
}

function drawLines(pen, strokes, width, place) {
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  for (const points of strokes) {
    pen.beginPath();
    points.forEach((point, i) => pen[i ? "lineTo" : "moveTo"](...place(point)));
    if (points.length === 1) pen.lineTo(...place(points[0]));
    pen.stroke();
  }
}

/** The strokes as a figure of MNIST: 20 of 28 pixels large, lines of the usual width, the centre of
 * mass in the middle of pixel 14, counted from 0. Coverage as above, or null without strokes. */
function figure(strokes, [h, w]) {
  const points = strokes.flat();
  if (!points.length) return null;
  const [left, right] = [0, 1].map((end) => extreme(points.map((p) => p[0]), end));
  const [top, bottom] = [0, 1].map((end) => extreme(points.map((p) => p[1]), end));
  const width = USUAL * FRAME * Math.min(h, w);
  const factor = Math.min((FRAME * h - width) / (bottom - top), (FRAME * w - width) / (right - left),
    ENLARGED * Math.min(h, w));
  let [dx, dy] = [w / 2 - (factor * (left + right)) / 2, h / 2 - (factor * (top + bottom)) / 2];
  const place = ([x, y]) => [factor * x + dx, factor * y + dy];
  const [massX, massY] = centre(coverage(strokes, [h, w], width, place), w);
  [dx, dy] = [dx + w / 2 + 0.5 - massX, dy + h / 2 + 0.5 - massY];
  return coverage(strokes, [h, w], width, place);
}

const extreme = (values, end) => values.reduce((a, b) => (end ? Math.max(a, b) : Math.min(a, b)));

function centre(cover, w) {
  let [mass, x, y] = [0, 0, 0];
  cover.forEach((c, i) => { mass += c; x += c * ((i % w) + 0.5); y += c * (Math.floor(i / w) + 0.5); });
  return [x / mass, y / mass];
}
