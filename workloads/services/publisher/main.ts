/**
 * The publisher as a process: follows the shard and copies market events to the bus. Its variables are those of `../follower/follower.ts`, and
 *
 *   BOURSE_BUS   kinesis:<name of the stream>
 */

import { readBus } from "../../process/bus";
import { runFollower } from "../follower";
import { createPublisher } from ".";

void runFollower({
  name: "the publisher",
  prepare: (environment) => {
    const openBus = readBus(environment);
    return async (deps) => {
      const bus = await openBus(deps.sql, deps.onError ?? console.error);
      return { service: undefined, projection: await createPublisher({ ...deps, bus }) };
    };
  },
  queries: () => ({}),
});
