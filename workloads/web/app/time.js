/** Times in the reader's own zone, always with 24 hours and fixed width. */

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("sv-SE", { year: "numeric", month: "2-digit", day: "2-digit" });

/** "14:03:59". @param {number} ms */
export function clockTime(ms) {
  return clock.format(ms);
}

/** "2026-03-01 14:03:59"; the day is left out when it is today. @param {number} ms */
export function dateTime(ms) {
  const date = day.format(ms);
  return date === day.format(Date.now()) ? clock.format(ms) : `${date} ${clock.format(ms)}`;
}
