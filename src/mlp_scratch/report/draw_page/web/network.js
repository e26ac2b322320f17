// The network of this page: its arrays unpacked, from features as they are stored to its answer.

const DATA = JSON.parse(document.getElementById("data").textContent);
const NAMES = DATA.network.answer.names;

/** Base64 of little-endian numbers. */
function unpacked(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

/** A number for all, or base64 of one each. */
const each = (said) => (typeof said === "number" ? () => said
  : ((numbers) => (i) => numbers[i])(unpacked(said, Float64Array)));

const ARRAYS = ["W", "b", "gamma", "beta", "running_mean", "running_var"];
const STEPS = DATA.network.steps.map((step) => {
  const arrays = ARRAYS.filter((name) => typeof step[name] === "string");
  return { ...step, ...Object.fromEntries(arrays.map((n) => [n, unpacked(step[n], Float32Array)])) };
});
const shift = each(DATA.network.normalize.shift);
const scale = each(DATA.network.normalize.scale);
const OUTPUT = DATA.network.answer;
if (OUTPUT.kind === "numbers") {
  for (const name of ["scale", "shift"]) OUTPUT[name] = unpacked(OUTPUT[name], Float64Array);
}
const putBack = OUTPUT.kind === "inputs" ? each(OUTPUT.offset) : null;

/** Outputs -> probabilities, numbers in their own units, or the inputs, as they are stored. */
function answerOf(outputs) {
  if (OUTPUT.kind === "softmax") return softmax(outputs);
  if (OUTPUT.kind === "sigmoid") return outputs.map(sigmoid);
  if (OUTPUT.kind === "inputs") return outputs.map((y, i) => y / scale(i) + shift(i) + putBack(i));
  const { bends, floor } = OUTPUT;
  return outputs.map((y, i) =>
    OUTPUT.scale[i] * BENDS[bends[i % bends.length]](y, floor) + OUTPUT.shift[i]);
}

/** features: as stored, less their offset. Gives the answer, and the units of each layer. */
function run(features) {
  const x = Float64Array.from(features, (value, i) => (value - shift(i)) * scale(i));
  const { outputs, shown } = forward(STEPS, x);
  return { answer: answerOf(outputs), outputs, x, shown };
}

// For the browser's console: mlp.predict(row) answers for a row of features.
window.mlp = { predict: (features) => Array.from(run(features).answer) };
