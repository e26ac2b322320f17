// The configs of the selected runs side by side: keys down, runs across.

const MOST_COLUMNS = 12;

function drawDiff() {
  const runs = selectedRuns().filter((run) => run.config.some((place) => place >= 0));
  const shown = runs.slice(0, MOST_COLUMNS);
  const all = $("diff-all").checked;
  const rows = DATA.keys.flatMap(({ key }, i) => {
    const places = shown.map((run) => run.config[i] ?? -1);
    const differs = new Set(places).size > 1;
    return differs || (all && places.some((place) => place >= 0)) ? [{ key, i, differs }] : [];
  });
  const agree = DATA.keys.filter((_, i) => {
    const places = new Set(shown.map((run) => run.config[i] ?? -1));
    return places.size === 1 && !places.has(-1);
  }).length;
  const said = [];
  if (runs.length > shown.length) said.push(`the first ${MOST_COLUMNS} of ${runs.length}`);
  if (shown.length) said.push(`${agree} keys agree`);
  $("diff-said").textContent = said.join(" · ");
  const target = $("diff-table");
  if (!shown.length || !rows.length) {
    const why = !shown.length ? "Select two or more runs in the table above."
      : shown.length === 1 ? "Select a second run, or show the keys that agree."
        : "These configs agree in every key.";
    target.replaceChildren(el("tbody", {}, el("tr", {}, el("td", { class: "empty", text: why }))));
    return;
  }
  const head = el("tr", {}, el("th", { scope: "col", text: "key" }), ...shown.map((run) => {
    const swatch = el("span", { class: "swatch" });
    dressSwatch(swatch, state.selected.get(run.id));
    return el("th", { scope: "col", title: run.path }, swatch, " ", run.label);
  }));
  const body = rows.map(({ key, i, differs }) => el("tr", {}, el("td", { text: key }),
    ...shown.map((run) => {
      const other = differs && (run.config[i] ?? -1) !== (shown[0].config[i] ?? -1);
      return el("td", { class: other ? "other" : "", text: configText(run, i) ?? "–" });
    })));
  target.replaceChildren(el("thead", {}, head), el("tbody", {}, ...body));
}

function startDiff() {
  $("diff-all").addEventListener("change", drawDiff);
  on("selection theme", drawDiff);
  drawDiff();
}
