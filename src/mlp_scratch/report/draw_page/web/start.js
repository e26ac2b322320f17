// Start: one thing changes, everything else is computed anew before the next frame.

let waiting = false;
let latest = null;

/** Something was drawn or moved. */
function changed() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; look(); });
}

function look() {
  const pictures = DATA.input.kind === "picture";
  const features = pictures ? pictureRow() : encoded(values);
  latest = features && run(features);
  if (pictures) showSheet();
  showAnswer(latest);
  showLayers(latest ? latest.shown : run(new Float64Array(DATA.network.sizes[0])).shown.map(
    ({ title, units }) => ({ title, units: units.map(() => 0) })));
  if (DATA.input.plot) showPlot();
}

function say() {
  requestAnimationFrame(() => { $("spoken").textContent = latest ? inWords(latest.answer) : ""; });
}

function startHeader() {
  document.title = `Draw and see: ${DATA.title}`;
  $("title").textContent = DATA.title;
  $("subtitle").textContent = `${DATA.network.sizes.join(" – ")} units, trained on ${DATA.data}, epoch ${DATA.epoch}`;
}

startHeader();
const PICTURE = DATA.input.kind === "picture";
$("picture").hidden = !PICTURE;
$("columns").hidden = PICTURE;
$("examples").hidden = true;
$("plot").hidden = !DATA.input.plot;
if (!PICTURE) document.body.classList.add(DATA.input.plot ? "plotted" : "rows");
startTheme();
startAnswer();
startLayers();
if (PICTURE) {
  startPicture();
  for (const row of examplePictures()) learnScales(run(row).shown);
} else {
  for (const { values: row } of DATA.input.examples) learnScales(run(encoded(row)).shown);
  if (DATA.input.plot) startPlot();
  startColumns();
}
on("theme", look);
look();
document.documentElement.dataset.ready = "yes";
