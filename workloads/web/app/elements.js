/** Builds DOM elements from plain descriptions. Text is always set as text, so nothing that the exchange sends is read as markup. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, unknown>} [attributes] `class`, `data-*`, `aria-*`, ...; `on<event>` adds a listener; undefined and false are left out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/** The element that index.html has under `id`. @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`index.html has no element #${id}`);
  return node;
}

/** A panel's state in place of its content: loading, empty, failed. @param {string} text @param {"loading" | "empty" | "failed"} state */
export function message(text, state = "empty") {
  return element("div", { class: `message ${state}`, role: state === "failed" ? "alert" : "status" }, text);
}

/**
 * Buttons of which one is chosen.
 * @template {string} V
 * @param {{ class: string, label: string, values: readonly (readonly [V, string])[], chosen: V, choose: (value: V) => void }} options
 */
export function choices(options) {
  const buttons = options.values.map(([value, text]) => {
    return element(
      "button",
      { type: "button", "data-value": value, "aria-pressed": String(value === options.chosen), onclick: () => pick(value) },
      text,
    );
  });
  /** @param {V} value */
  const show = (value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === value));
  };
  /** @param {V} value */
  const pick = (value) => {
    show(value);
    options.choose(value);
  };
  const node = element("div", { class: options.class, role: "group", "aria-label": options.label }, ...buttons);
  return { node, show };
}

/** Calls `draw` at most once a frame and at most every `intervalMs`. @param {() => void} draw @param {number} intervalMs */
export function throttled(draw, intervalMs = 0) {
  let asked = false;
  let drawn = 0;
  const frame = () => {
    asked = false;
    drawn = performance.now();
    draw();
  };
  return () => {
    if (asked) return;
    asked = true;
    const rest = intervalMs - (performance.now() - drawn);
    if (rest > 0) setTimeout(() => requestAnimationFrame(frame), rest);
    else requestAnimationFrame(frame);
  };
}
