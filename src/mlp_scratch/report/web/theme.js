// Light or dark: as the system wishes, until the button is pressed.

function startTheme() {
  const wish = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  const show = () => {
    const theme = chosen ?? (wish.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    $("theme").textContent = theme === "dark" ? "Light" : "Dark";
    $("theme").setAttribute("aria-label", `switch to ${theme === "dark" ? "light" : "dark"} colours`);
    emit("theme");
  };
  wish.addEventListener("change", show);
  $("theme").addEventListener("click", () => {
    chosen = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    show();
  });
  show();
}
