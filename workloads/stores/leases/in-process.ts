/** Leases within one process. */

import { announcementsAtOnce, keptAnnouncements, type LeaseStore, type Spent } from "./port";

/** Time between two looks for counts that have ended. */
const SWEEP_MS = 1_000;

/** @param clock milliseconds since 1970 */
export function inProcessLeases(clock: () => number = Date.now): LeaseStore {
  const counts = new Map<string, { count: number; endsAt: number }>();
  const announcements: { place: number; text: string }[] = [];
  let announced = 0;
  let swept = 0;
  const sweep = (now: number) => {
    if (now < swept + SWEEP_MS) return;
    swept = now;
    for (const [key, { endsAt }] of counts) if (endsAt <= now) counts.delete(key);
  };
  const add = ({ key, amount, endsAt }: Spent, now: number) => {
    const found = counts.get(key);
    const count = amount + (found === undefined || found.endsAt <= now ? 0 : found.count);
    counts.set(key, { count, endsAt });
    return count;
  };
  return {
    async renew(spent) {
      const now = clock();
      sweep(now);
      return spent.map((each) => add(each, now));
    },
    async announce(text) {
      announcements.push({ place: ++announced, text });
      if (announcements.length > keptAnnouncements) announcements.shift();
    },
    async announced(place) {
      const found = announcements.filter((each) => each.place > Number(place)).slice(0, announcementsAtOnce);
      return { texts: found.map(({ text }) => text), place: String(found.at(-1)?.place ?? place) };
    },
    async close() {
      counts.clear();
    },
  };
}
