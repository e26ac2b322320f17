// The forward pass, as the mathematics has it. x are the units of one layer; each function gives
// what comes out of one operation, in the order and with the names of nn/layers.py.

/** y = x W + b. W is (n_in, n_out), row after row. */
function dense(x, { W, b }) {
  const y = Float64Array.from(b);
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] === 0) continue; // most pixels of a drawing
    for (let j = 0, at = i * y.length; j < y.length; j += 1) y[j] += x[i] * W[at + j];
  }
  return y;
}

/** y = gamma (x - mean) / sqrt(var + eps) + beta, with the mean and variance of the training. */
function batchNorm(x, { gamma, beta, running_mean: mean, running_var: variance, eps }) {
  return x.map((xi, i) => (gamma[i] * (xi - mean[i])) / Math.sqrt(variance[i] + eps) + beta[i]);
}

/** The same with the mean and variance of these units. */
function layerNorm(x, { gamma, beta, eps }) {
  const mean = x.reduce((sum, xi) => sum + xi, 0) / x.length;
  const variance = x.reduce((sum, xi) => sum + (xi - mean) ** 2, 0) / x.length;
  return x.map((xi, i) => (gamma[i] * (xi - mean)) / Math.sqrt(variance + eps) + beta[i]);
}

const sigmoid = (z) => (1 + Math.tanh(z / 2)) / 2; // 1 / (1 + exp(-z)), and cannot overflow

/** The Gaussian error function: 2 / sqrt(pi) exp(-z^2) times the sum of 2^n z^(2n+1) / (2n+1)!! */
function erf(z) {
  if (Math.abs(z) > 6) return Math.sign(z);
  let [term, sum] = [z, z];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= (2 * z * z) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum;
}

const elu = (z, alpha) => (z > 0 ? z : alpha * Math.expm1(z));

const ACTIVATIONS = {
  relu: (z) => Math.max(z, 0),
  leaky_relu: (z, { negative_slope: slope }) => (z > 0 ? z : slope * z),
  elu: (z, { alpha }) => elu(z, alpha),
  selu: (z) => 1.0507009873554805 * elu(z, 1.6732632423543772),
  gelu: (z, { approximate }) => (approximate === "none" ? (z * (1 + erf(z / Math.SQRT2))) / 2
    : (z * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))) / 2),
  silu: (z) => z * sigmoid(z),
  tanh: (z) => Math.tanh(z),
  sigmoid,
  softplus: (z, { beta }) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(beta * z))) / beta,
  identity: (z) => z,
};

const OPERATIONS = {
  dense,
  batch_norm: batchNorm,
  layer_norm: layerNorm,
  multiply: (x, { factor }) => x.map((xi) => factor * xi),
  activation: (z, step) => z.map((zi) => ACTIVATIONS[step.name](zi, step)),
};

/** From normalized features x to the outputs; and what the units of each titled step were. */
function forward(steps, x) {
  const shown = [];
  let kept = x; // what goes around a residual block
  for (const step of steps) {
    if (step.kind === "keep") kept = x;
    else if (step.kind === "add") x = x.map((xi, i) => xi + kept[i]);
    else x = OPERATIONS[step.kind](x, step);
    if (step.title) shown.push({ title: step.title, units: x });
  }
  return { outputs: x, shown };
}

function softmax(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const exponentials = logits.map((z) => Math.exp(z - largest)); // so that exp cannot overflow
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((e) => e / sum);
}

const BENDS = {
  identity: (z) => z,
  exp: (z) => Math.exp(z),
  deviation: (s, floor) => Math.exp(Math.max(s, floor) / 2), // of a logarithm of a variance
};
