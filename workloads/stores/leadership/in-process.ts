/** Leadership among members in one process. */

import type { Leadership, LeadershipStore } from "./port";

export function inProcessLeadership(): LeadershipStore {
  const records = new Map<string, Leadership>();
  return {
    async read(name) {
      const found = records.get(name);
      return found && structuredClone(found);
    },
    async replace(name, seen, next) {
      if (records.get(name)?.renewal !== seen?.renewal) return false;
      records.set(name, structuredClone(next));
      return true;
    },
    async close() {},
  };
}
