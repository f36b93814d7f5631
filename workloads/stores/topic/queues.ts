/** The embedded topic: sends to its queues itself. */

import type { Queue } from "../queue";
import type { Topic } from "./port";

export function topicTo(queues: readonly Queue[]): Topic {
  return {
    async publish(body) {
      for (const queue of queues) await queue.send(body);
    },
  };
}
