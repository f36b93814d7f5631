import { createInProcessBus } from "../../../../workloads/stores/bus";
import { busContract } from "./bus-contract";

busContract("in process", async () => ({ bus: createInProcessBus(), close: async () => {} }));
