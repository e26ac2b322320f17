// How much of the ordering of the runs each hyperparameter explains; computed beforehand, in Python.

const CHANCE = 0.05; // p above which an effect may well be luck

function drawImportance() {
  const metric = metricNow();
  const effects = DATA.importance[metric.name] ?? [];
  const host = $("importance-plot");
  const singles = effects.filter((e) => e.keys.length === 1);
  const pairs = effects.filter((e) => e.keys.length === 2);
  if (!singles.length) {
    $("importance-said").textContent = "";
    host.replaceChildren(el("p", { class: "empty",
      text: "This needs at least 6 runs with different results, and keys with values that repeat." }));
    return;
  }
  $("importance-said").textContent = `share of the ordering by ${metric.name} that a key explains alone`
    + " · one-way analysis of variance on ranks · grey: no more than chance gives (p ≥ 0.05)";
  const rows = [...singles.map((e) => effectRow(e, e.keys[0], metric))];
  if (pairs.length) {
    rows.push(el("h3", { text: "Interplay: what two keys explain together beyond the sum of both" }));
    rows.push(...pairs.slice(0, 6).map((e) => effectRow(e, e.keys.join(" × "), metric)));
  }
  host.replaceChildren(el("div", { class: "effects" }, ...rows));
}

function effectRow(effect, name, metric) {
  const share = Math.max(0, Math.min(1, effect.explained));
  const bar = el("span");
  bar.style.width = `${(100 * share).toFixed(1)}%`;
  const medians = effect.levels.map(([, , median]) => median);
  const best = metric.lower ? Math.min(...medians) : Math.max(...medians);
  const levels = effect.levels.map(([label, n, median]) =>
    el("span", { class: median === best ? "best" : "", title: `${n} runs` },
      el("b", { text: label }), ` ${show(median, metric.form)}`));
  const luck = effect.p >= CHANCE;
  const p = effect.p <= 0.001 ? "p ≤ 0.001" : `p ${effect.p.toFixed(effect.p < 0.1 ? 3 : 2)}`;
  return el("div", { class: `row${luck ? " chance" : ""}` },
    el("span", { class: "rowname", text: name }),
    el("span", { class: "track", role: "img", "aria-label": `${Math.round(100 * share)} percent` }, bar),
    el("span", { class: "share", text: `${Math.round(100 * share)} %  (${p}, n ${effect.n})` }),
    el("span", { class: "levels" }, ...(levels.length ? ["median for ", ...levels] : [])));
}

function startImportance() {
  on("metric", drawImportance);
  drawImportance();
}
