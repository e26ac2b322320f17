// Pictures as rows of pixels, row after row and channel by channel, as the data set stores them.

const [HEIGHT, WIDTH, CHANNELS] = DATA.input.shape ?? [0, 0, 0];
const [DARK, BRIGHT] = DATA.input.pixels ?? [0, 255];

/** A canvas of one pixel each, that CSS makes larger. */
const pixelCanvas = (label) => el("canvas", { width: WIDTH, height: HEIGHT, role: "img", "aria-label": label });

function showPixels(canvas, row) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(WIDTH, HEIGHT);
  for (let i = 0; i < WIDTH * HEIGHT; i += 1) {
    for (let c = 0; c < 4; c += 1) {
      const from = c < 3 ? row[i * CHANNELS + Math.min(c, CHANNELS - 1)] : CHANNELS === 4 ? row[i * 4 + 3] : BRIGHT;
      image.data[4 * i + c] = (255 * (from - DARK)) / (BRIGHT - DARK);
    }
  }
  pen.putImageData(image, 0, 0);
}

/** Weights of a unit on the pixels: each shade its own, or coloured as the picture is. */
function showWeights(canvas, weights) {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(WIDTH, HEIGHT);
  const largest = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12);
  for (let i = 0; i < WIDTH * HEIGHT; i += 1) {
    const rgb = CHANNELS < 3 ? shade(weights[i * CHANNELS] / largest)
      : [0, 1, 2].map((c) => 127.5 * (1 + weights[i * CHANNELS + c] / largest));
    image.data.set([...rgb, 255], 4 * i);
  }
  pen.putImageData(image, 0, 0);
}

/** The test pictures that the page has, as rows. */
function examplePictures() {
  const { examples, bytes } = DATA.input;
  if (!examples) return [];
  const all = unpacked(examples, bytes ? Uint8Array : Float32Array);
  const size = HEIGHT * WIDTH * CHANNELS;
  return Array.from({ length: all.length / size }, (_, i) => all.subarray(i * size, (i + 1) * size));
}
