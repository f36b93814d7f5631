import { strictEqual } from "node:assert/strict";
import { ShardBusy, ShardUnavailable, TooManyOrders } from "../../../../../workloads/services/trading/port";
import { FRAME_HEADER, RefusalReason, refusalFrame } from "../../../../../workloads/services/trading/remote/frames";
import { UnansweredCommands } from "../../../../../workloads/services/trading/remote/unanswered";
import { limitOrder, START_TIME } from "../command-mix";

describe("a refusal", () => {
  const reasons = [
    { reason: RefusalReason.BUSY, told: ShardBusy, repeated: "unknown" },
    { reason: RefusalReason.UNAVAILABLE, told: ShardUnavailable, repeated: "unknown" },
    { reason: RefusalReason.NOT_ADMITTED, told: ShardUnavailable, repeated: "unknown" },
    { reason: RefusalReason.TOO_MANY_ORDERS, told: TooManyOrders, repeated: undefined },
  ];
  for (const { reason, told, repeated } of reasons) {
    it(`of reason ${RefusalReason[reason]} says that nothing was logged, but not of a command that was sent over a lost connection before`, () => {
      const refuse = (isRepeated: boolean) => {
        let error: unknown;
        const commands = new UnansweredCommands(9, 0, 10);
        commands.add(
          limitOrder(1, 0, 100, 1, START_TIME),
          () => {},
          (reason) => {
            error = reason;
          },
        );
        if (isRepeated) commands.connectionLost();
        commands.refused(refusalFrame(1, reason, "no place"), FRAME_HEADER);
        return error as Error & { logged?: string };
      };
      const first = refuse(false);
      strictEqual(first.name, told.name);
      strictEqual(first.logged ?? "no", "no");
      strictEqual(refuse(true).logged, repeated);
    });
  }
});
