// Axes: where the ticks go, what they say, and which part of the values is worth showing.

/** Round numbers between low and high, about `wanted` of them. */
function linearTicks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i += 1) ticks.push(i * step);
  return ticks.map((t) => Number(t.toPrecision(12)));
}

/** Powers of ten, with 2 and 5 between them where there is room; low > 0. */
function logTicks(low, high, wanted) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = last - first;
  if (Math.log10(high / low) < 0.5) return linearTicks(low, high, wanted);
  const factors = decades <= 2 ? [1, 2, 5] : decades <= 3 ? [1, 3] : [1];
  const stride = Math.max(1, Math.ceil(decades / Math.max(2, wanted)));
  const ticks = [];
  for (let e = first; e <= last; e += stride) for (const f of factors) ticks.push(f * 10 ** e);
  return ticks.filter((t) => t >= low * 0.999 && t <= high * 1.001);
}

function tickText(value, percent, span) {
  if (percent) {
    const digits = Math.max(0, Math.min(4, -Math.floor(Math.log10(Math.max(100 * span, 1e-9))) + 1));
    return `${Number((100 * value).toFixed(Math.max(digits, 100 * Math.abs(value) < 1 ? 3 : 0)))} %`;
  }
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e6) return Number(value.toPrecision(3)).toExponential().replace("e+", "e");
  return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/**
 * The range to show at first: all of the good end, and of the bad end only as far as it does not
 * squeeze everything else. Returns [low, high, whether values lie outside].
 */
function usefulRange(values, goodIsLow, log) {
  const sorted = values.filter((v) => Number.isFinite(v) && (!log || v > 0)).sort((a, b) => a - b);
  if (!sorted.length) return log ? [0.1, 1, false] : [0, 1, false];
  let [low, high] = [sorted[0], sorted.at(-1)];
  const at = (q) => sorted[Math.round(q * (sorted.length - 1))];
  if (!log && sorted.length >= 10) {
    if (goodIsLow) high = Math.min(high, at(0.9) + 1.2 * (at(0.9) - low));
    else low = Math.max(low, at(0.1) - 1.2 * (high - at(0.1)));
  }
  const cut = low > sorted[0] || high < sorted.at(-1);
  if (low === high) {
    const pad = Math.abs(low) * 0.1 || 0.5;
    return log ? [low / 2, high * 2, cut] : [low - pad, high + pad, cut];
  }
  const pad = 0.04;
  if (log) return [low * (low / high) ** pad, high * (high / low) ** pad, cut];
  return [low - pad * (high - low), high + pad * (high - low), cut];
}

/** Exponential moving average that starts at the first value (bias corrected); gaps stay gaps. */
function smooth(values, weight) {
  if (!(weight > 0)) return values;
  let [mean, norm] = [0, 0];
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    mean = weight * mean + (1 - weight) * value;
    norm = weight * norm + (1 - weight);
    return mean / norm;
  });
}
