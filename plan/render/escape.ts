/** Text made safe for HTML, SVG and Markdown. */

/** `text` for the content or a quoted attribute of an HTML or SVG element. */
export function escaped(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (character) => entities[character]);
}

/** `text` for a cell of a Markdown table. */
export function cell(text: string): string {
  return text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
}
