/** Keys that work anywhere outside a text field, and the dialog that lists them. */

import { element } from "./elements.js";

/** @typedef {readonly [key: string, text: string, act: () => void]} Shortcut */

/** @param {HTMLDialogElement} dialog @param {HTMLElement} opener @param {readonly Shortcut[]} shortcuts */
export function installShortcuts(dialog, opener, shortcuts) {
  const open = () => dialog.showModal();
  /** @type {Shortcut[]} */
  const all = [...shortcuts, ["?", "Show this list", open]];
  dialog.append(
    element("h2", { id: "shortcuts-title" }, "Keyboard"),
    element("dl", {}, ...all.flatMap(([key, text]) => [element("dt", {}, element("kbd", {}, key)), element("dd", {}, text)])),
    element(
      "dl",
      {},
      element("dt", {}, element("kbd", {}, "↑"), " ", element("kbd", {}, "↓")),
      element("dd", {}, "In a price or amount: one step; with Shift ten"),
    ),
    element("form", { method: "dialog" }, element("button", { class: "quiet" }, "Close")),
  );
  opener.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
    const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
    if (event.key === "Escape" && event.target instanceof HTMLElement) return event.target.blur();
    if (typing || event.target instanceof HTMLSelectElement) return;
    const shortcut = all.find(([key]) => key === event.key);
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut[2]();
  });
}
