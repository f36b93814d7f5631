import { createInProcessBus } from "../../../workloads/stores/bus";
import { openSqlite } from "../../../workloads/stores/sql";
import { describePublished } from "./published";

describe("a publisher whose shard loses its place", () => {
  describePublished(async () => ({ sql: openSqlite(":memory:"), bus: createInProcessBus() }));
});
