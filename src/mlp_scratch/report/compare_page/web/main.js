// Start: the header, the controls that everything shares, then each part.

function startHeader() {
  document.title = DATA.title;
  $("title").textContent = DATA.title;
  const made = new Date(DATA.made);
  const when = Number.isNaN(made.getTime()) ? DATA.made
    : made.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  $("subtitle").textContent = `${RUNS.length} ${RUNS.length === 1 ? "run" : "runs"} · ${DATA.states} · ${when}`;
  $("notes").textContent = ["Made by mlp_scratch. This file holds everything it shows and loads nothing.",
    ...DATA.notes].join(" ");
}

function startControls() {
  const usable = DATA.metrics.map((m, i) => [m.name, i]).filter(([, i]) => RUNS.some((r) => r.values[i] !== null));
  const choices = usable.length ? usable : [[DATA.metric, state.metric]];
  $("metric").append(...choices.map(([name, i]) => el("option", { value: i, text: name })));
  $("metric").value = String(state.metric);
  $("metric").addEventListener("change", (event) => {
    state.metric = Number(event.target.value);
    emit("metric");
  });
  let waiting = 0;
  $("filter").addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => applyFilter(event.target.value), 120);
  });
}

startHeader();
startTheme();
startControls();
state.selected = new Map(bestOf(RUNS, RUNS.length <= 12 ? 12 : 8).map((id, slot) => [id, slot]));
startTable();
startCurves();
startLayers();
startDiff();
startParallel();
startImportance();
startDetails();
document.documentElement.dataset.ready = "yes";
