import { inProcessLeases } from "../../../../workloads/stores/leases";
import { leasesContract } from "./leases-contract";

leasesContract("in process", async () => {
  const store = inProcessLeases();
  return { one: store, other: store, close: () => store.close() };
});
