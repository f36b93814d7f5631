/** The script of plan.html: theme, search in the inventory, and the diagram's choice. Everything is readable without it. */

export const script = `
(() => {
  "use strict";
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = isDark() ? "Light" : "Dark"; };
  button.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; label(); });
  label();

  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const rows = [...document.querySelectorAll("tr[data-text]")];
  const layers = [...document.querySelectorAll("button[data-layer]")];
  let component = "";
  const filter = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const layer = layers.find((each) => each.getAttribute("aria-pressed") === "true")?.dataset.layer ?? "";
    let count = 0;
    for (const row of rows) {
      const fits = words.every((word) => row.dataset.text.includes(word)) && (layer === "" || row.dataset.layer === layer) && (component === "" || row.dataset.component === component);
      row.hidden = !fits;
      if (fits) count++;
    }
    shown.textContent = count === rows.length ? rows.length + " resources" : count + " of " + rows.length + " resources";
  };
  search.addEventListener("input", filter);
  for (const each of layers) {
    each.addEventListener("click", () => {
      const on = each.getAttribute("aria-pressed") === "true";
      for (const other of layers) other.setAttribute("aria-pressed", "false");
      each.setAttribute("aria-pressed", String(!on));
      filter();
    });
  }

  const svg = document.querySelector("svg.diagram");
  const boxes = [...document.querySelectorAll("svg .box")];
  const edges = [...document.querySelectorAll("svg .edge")];
  const choose = (box) => {
    const same = box.classList.contains("chosen");
    for (const other of boxes) other.classList.remove("chosen");
    component = same ? "" : box.dataset.id;
    box.classList.toggle("chosen", !same);
    svg.classList.toggle("focused", !same);
    for (const edge of edges) edge.classList.toggle("lit", edge.dataset.from === component || edge.dataset.to === component);
    filter();
  };
  for (const box of boxes) {
    box.addEventListener("click", () => choose(box));
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(box); } });
  }
  filter();
})();
`;
