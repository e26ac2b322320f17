// One chart of lines on a canvas: axes, zoom by dragging, the nearest point under the pointer, and
// the same from the keyboard. Charts that are given the same `xView` zoom their x axis together.

class Chart {
  /** options: xView {range}, onZoom(), onHover(series or null, clientX, clientY, index), label */
  constructor(host, options) {
    this.options = options;
    this.series = [];
    this.yRange = null; // chosen by zooming; null: the useful range
    this.near = null; // {series, i}
    this.canvas = el("canvas", { tabindex: 0, role: "img" });
    this.rubber = el("div", { class: "band", hidden: true });
    host.append(this.canvas, this.rubber);
    this.listen();
    new ResizeObserver(() => this.draw()).observe(host);
  }

  /** series: {id, x, y, raw, colour, dash, width, alpha, named, main, text(i)}; look: axes. */
  set(series, look) {
    this.series = series;
    this.look = look;
    this.near = null;
    this.draw();
  }

  ranges() {
    const { log, goodIsLow, percent, everything } = this.look;
    const shown = this.series.filter((s) => s.named).length ? this.series.filter((s) => s.named) : this.series;
    const xs = this.series.flatMap((s) => [s.x[0], s.x.at(-1)]).filter(Number.isFinite);
    let x = this.options.xView.range;
    if (!x) x = xs.length ? [Math.min(...xs), Math.max(...xs)] : [0, 1];
    if (x[0] === x[1]) x = [x[0] - 0.5, x[1] + 0.5];
    const inside = shown.flatMap((s) => s.y.filter((v, i) => s.x[i] >= x[0] && s.x[i] <= x[1]));
    let [low, high, cut] = usefulRange(inside, goodIsLow, log);
    if (everything && cut) {
      low = Infinity;
      high = -Infinity;
      for (const v of inside) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
      [low, high] = [low - 0.04 * (high - low), high + 0.04 * (high - low)];
    }
    if (percent && !log) [low, high] = [Math.max(low, -0.005), Math.min(high, 1.005)];
    this.cut = cut;
    return { x, y: this.yRange ?? [low, high] };
  }

  draw() {
    if (!this.look) return;
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(box.width * ratio);
    this.canvas.height = Math.round(box.height * ratio);
    const g = this.canvas.getContext("2d");
    g.scale(ratio, ratio);
    const { x, y } = this.ranges();
    const { log, percent } = this.look;
    g.font = "12px system-ui, sans-serif";
    const ticks = (log ? logTicks : linearTicks)(y[0], y[1], box.height / 55);
    const texts = ticks.map((t) => tickText(t, percent, (y[1] - y[0]) / 5));
    const left = Math.max(34, ...texts.map((t) => g.measureText(t).width)) + 10;
    const area = { left, top: 10, right: box.width - 12, bottom: box.height - 36 };
    this.area = area;
    this.x = (v) => area.left + ((v - x[0]) / (x[1] - x[0])) * (area.right - area.left);
    const f = log ? Math.log : (v) => v;
    this.y = (v) => area.bottom - ((f(v) - f(y[0])) / (f(y[1]) - f(y[0]))) * (area.bottom - area.top);
    this.unX = (px) => x[0] + ((px - area.left) / (area.right - area.left)) * (x[1] - x[0]);
    this.unY = (py) => {
      const v = f(y[0]) + ((area.bottom - py) / (area.bottom - area.top)) * (f(y[1]) - f(y[0]));
      return log ? Math.exp(v) : v;
    };
    this.drawAxes(g, area, x, ticks, texts, box);
    g.save();
    g.beginPath();
    g.rect(area.left, area.top - 2, area.right - area.left, area.bottom - area.top + 4);
    g.clip();
    const hot = state.hot;
    const dim = hot !== null && this.series.some((s) => s.id === hot);
    for (const s of this.series) if (s.id !== hot) this.drawLine(g, s, dim ? 0.3 : 1, 0);
    for (const s of this.series) if (s.id === hot) this.drawLine(g, s, 1, 1.1);
    if (this.near) this.drawPoint(g);
    g.restore();
    this.canvas.dataset.lines = this.series.length;
    this.canvas.setAttribute("aria-label", `${this.options.label()}: ${this.series.length} lines. `
      + "Arrow keys read values, plus and minus zoom, 0 shows everything.");
  }

  drawAxes(g, area, x, ticks, texts, box) {
    const [rule, faint] = [css("--rule"), css("--faint")];
    g.lineWidth = 1;
    g.strokeStyle = rule;
    g.fillStyle = faint;
    g.textAlign = "right";
    g.textBaseline = "middle";
    ticks.forEach((tick, i) => {
      const py = Math.round(this.y(tick)) + 0.5;
      if (py < area.top - 1 || py > area.bottom + 1) return;
      g.beginPath();
      g.moveTo(area.left, py);
      g.lineTo(area.right, py);
      g.stroke();
      g.fillText(texts[i], area.left - 6, py);
    });
    g.textAlign = "center";
    g.textBaseline = "top";
    for (const tick of linearTicks(x[0], x[1], (area.right - area.left) / 80)) {
      if (this.look.whole && !Number.isInteger(tick)) continue;
      const px = Math.round(this.x(tick)) + 0.5;
      g.beginPath();
      g.moveTo(px, area.bottom);
      g.lineTo(px, area.bottom + 4);
      g.stroke();
      g.fillText(tickText(tick, false, 1), px, area.bottom + 6);
    }
    g.strokeStyle = faint;
    g.beginPath();
    g.moveTo(area.left + 0.5, area.top);
    g.lineTo(area.left + 0.5, area.bottom + 0.5);
    g.lineTo(area.right, area.bottom + 0.5);
    g.stroke();
    g.fillText(this.look.xLabel, (area.left + area.right) / 2, box.height - 15);
    if (!this.series.length) g.fillText("no values", (area.left + area.right) / 2, (area.top + area.bottom) / 2);
  }

  drawLine(g, s, strength, thicker) {
    g.strokeStyle = s.colour;
    g.fillStyle = s.colour;
    g.lineJoin = "round";
    if (s.spread) this.drawBand(g, s, strength);
    const passes = s.raw !== s.y && s.named ? [[s.raw, 0.22, 1, []]] : [];
    passes.push([s.y, 1, s.width + thicker, s.dash]);
    for (const [values, alpha, width, dash] of passes) {
      g.globalAlpha = s.alpha * alpha * strength;
      g.lineWidth = width;
      g.setLineDash(dash);
      g.beginPath();
      let pen = false;
      let points = 0;
      for (let i = 0; i < values.length; i += 1) {
        const v = values[i];
        if (!Number.isFinite(v) || !Number.isFinite(s.x[i]) || (this.look.log && v <= 0)) { pen = false; continue; }
        const [px, py] = [this.x(s.x[i]), Math.max(-1e4, Math.min(1e4, this.y(v)))];
        if (pen) g.lineTo(px, py);
        else g.moveTo(px, py);
        pen = true;
        points += 1;
        this.last = [px, py];
      }
      g.stroke();
      if (points === 1) { // a run of one epoch is a dot
        g.beginPath();
        g.arc(...this.last, 3.5, 0, 7);
        g.fill();
      }
    }
    g.setLineDash([]);
    g.globalAlpha = 1;
  }

  drawBand(g, s, strength) {
    const at = (side) => (v, i) => [this.x(s.x[i]), Math.max(-1e4, Math.min(1e4, this.y(this.look.log
      ? Math.max(v + side * s.spread[i], 1e-12) : v + side * s.spread[i])))];
    g.globalAlpha = 0.16 * strength;
    g.beginPath();
    for (const point of [...s.y.map(at(1)), ...s.y.map(at(-1)).reverse()]) g.lineTo(...point);
    g.fill();
    g.globalAlpha = 1;
  }

  drawPoint(g) {
    const { series, i } = this.near;
    g.beginPath();
    g.arc(this.x(series.x[i]), this.y(series.y[i]), 4.5, 0, 7);
    g.fillStyle = css("--card");
    g.fill();
    g.lineWidth = 2;
    g.strokeStyle = series.colour;
    g.stroke();
  }

  nearest(px, py, reach = 40) {
    let best = null;
    let least = reach * reach;
    for (const series of this.series) {
      for (let i = 0; i < series.x.length; i += 1) {
        const v = series.y[i];
        if (!Number.isFinite(v)) continue;
        const dx = this.x(series.x[i]) - px;
        const dy = this.y(v) - py;
        const d = dx * dx + dy * dy + (series.named ? 0 : 60) + (series.main ? 0 : 9);
        if (d < least) {
          least = d;
          best = { series, i };
        }
      }
    }
    return best;
  }

  point(near, clientX, clientY) {
    this.near = near;
    this.options.onHover(near?.series ?? null, clientX, clientY, near?.i);
    this.draw();
  }

  listen() {
    const { canvas, rubber } = this;
    let start = null;
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      start = at(event);
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      const [px, py] = at(event);
      if (!start) {
        this.point(this.nearest(px, py), event.clientX, event.clientY);
        return;
      }
      const r = this.dragged(start, [px, py]);
      rubber.hidden = !r;
      if (r) Object.assign(rubber.style, { left: `${r.left}px`, top: `${r.top}px`,
        width: `${r.right - r.left}px`, height: `${r.bottom - r.top}px` });
    });
    const finish = (event) => {
      const r = start && this.dragged(start, at(event));
      start = null;
      rubber.hidden = true;
      if (!r) return;
      this.options.xView.range = [this.unX(r.left), this.unX(r.right)];
      if (r.both) this.yRange = [this.unY(r.bottom), this.unY(r.top)];
      this.options.onZoom();
    };
    canvas.addEventListener("pointerup", finish);
    canvas.addEventListener("pointercancel", () => { start = null; rubber.hidden = true; });
    canvas.addEventListener("pointerleave", () => { if (!start) this.point(null, 0, 0); });
    canvas.addEventListener("dblclick", () => this.reset());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.point(null, 0, 0));
  }

  /** The box between two places; a mostly horizontal one means: this part of x, all of y. */
  dragged([ax, ay], [bx, by]) {
    const { left, top, right, bottom } = this.area;
    const box = { left: Math.max(left, Math.min(ax, bx)), right: Math.min(right, Math.max(ax, bx)),
      top: Math.max(top, Math.min(ay, by)), bottom: Math.min(bottom, Math.max(ay, by)), both: true };
    if (box.right - box.left < 6) return null;
    if (Math.abs(by - ay) < 14) Object.assign(box, { top, bottom, both: false });
    return box;
  }

  reset() {
    this.yRange = null;
    this.options.xView.range = null;
    this.options.onZoom();
  }

  key(event) {
    const lines = this.series.filter((s) => s.named);
    if (!lines.length) return;
    let line = Math.max(0, lines.indexOf(this.near?.series));
    let i = this.near?.i ?? Math.floor(lines[line].x.length / 2);
    const { x } = this.ranges();
    if (event.key === "ArrowLeft") i -= 1;
    else if (event.key === "ArrowRight") i += 1;
    else if (event.key === "ArrowUp") line -= 1;
    else if (event.key === "ArrowDown") line += 1;
    else if (event.key === "+" || event.key === "-") {
      const centre = this.near ? this.near.series.x[this.near.i] : (x[0] + x[1]) / 2;
      const half = ((x[1] - x[0]) / 2) * (event.key === "+" ? 0.6 : 1.7);
      this.options.xView.range = [centre - half, centre + half];
      this.options.onZoom();
    } else if (event.key === "0" || event.key === "Escape") this.reset();
    else return;
    event.preventDefault();
    if (!event.key.startsWith("Arrow")) return;
    const series = lines[(line + lines.length) % lines.length];
    i = Math.max(0, Math.min(series.x.length - 1, i));
    const box = this.canvas.getBoundingClientRect();
    this.point({ series, i }, box.left + this.x(series.x[i]), box.top + this.y(series.y[i]));
    $("said").textContent = series.text(i);
  }
}
