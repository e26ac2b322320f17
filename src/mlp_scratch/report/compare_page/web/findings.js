// One run: what its diagnosis found, the numbers that show it, and an override to try.

function findings(run) {
  if (!run.findings) return [];
  if (!run.findings.length) return [el("p", { class: "faint", text: "Diagnosis: nothing stands out." })];
  const items = run.findings.map(([rule, evidence, override]) => {
    const item = el("li", {}, el("strong", { text: rule }));
    item.append(`: ${evidence}; try `, el("code", { text: override }));
    return item;
  });
  return [el("ul", { class: "findings", "aria-label": "Diagnosis" }, ...items)];
}
