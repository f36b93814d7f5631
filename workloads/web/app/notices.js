/** Short messages in the corner: what happened to the account's orders, and what went wrong. */

import { element } from "./elements.js";

/** Milliseconds that a notice stays; failures stay twice as long. */
const stayMs = 5000;

/** Notices shown at once; older ones make room. */
const most = 4;

/** @param {HTMLElement} root @param {string} title @param {string} text @param {"done" | "failed" | "info"} kind */
export function notify(root, title, text, kind = "done") {
  const notice = element(
    "div",
    { class: `notice ${kind}`, role: kind === "failed" ? "alert" : "status" },
    element("b", {}, title),
    element("p", {}, text),
  );
  notice.append(element("button", { type: "button", "aria-label": "Dismiss", onclick: () => notice.remove() }, "×"));
  root.append(notice);
  while (root.childElementCount > most) root.firstElementChild?.remove();
  setTimeout(() => notice.remove(), kind === "failed" ? stayMs * 2 : stayMs);
}
