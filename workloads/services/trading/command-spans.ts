/** What the spans of a command tell, at the gateway that sends it and at the shard that applies it. */

import type { Command, Event } from "@bourse/engine";
import type { Context } from "@opentelemetry/api";
import { endSpan, type HrTime, now, type Span, type SpanAttributes, SpanKind, startSpan } from "../../process/spans";
import type { CommandResult, CountedOrderEntry, Position } from "./port";

/** What it is and for which market; not for whom, and for no amount. */
export function describeCommand(command: Command): SpanAttributes {
  return { bourse_command: command.kind, "bourse.symbol.id": "symbol" in command ? command.symbol : undefined };
}

/** Where it stands in the log, and the first order that it placed, changed or closed. */
export function describeResult({ position, events }: Pick<CommandResult, "position" | "events">): SpanAttributes {
  return {
    bourse_position: describePosition(position),
    bourse_order: orderIn(events),
    "bourse.refused": events.some(({ kind }) => kind === "rejected"),
  };
}

export function describePosition({ shard, epoch, sequence }: Position): string {
  return `${shard}-${epoch}-${sequence}`;
}

function orderIn(events: readonly Event[]): number | undefined {
  for (const event of events) {
    if (event.kind === "orderAccepted" || event.kind === "orderClosed" || event.kind === "orderAmended") return event.orderId;
  }
  return undefined;
}

/** A command that the shard has applied and acknowledged, by the times at which it did so. */
export interface AppliedCommand {
  /** Of the span of who sent it. */
  parent: Span | Context;
  command: Command;
  result: Pick<CommandResult, "position" | "events">;
  /** It has come. */
  arrived: HrTime;
  /** It begins to be appended to the open group of the log, and applied. */
  begun: HrTime;
  applied: HrTime;
  /** Its group is durable here, and wherever else it must be. */
  durable: HrTime;
  /** Its result is on its way. */
  answered: HrTime;
}

/** Tells of it afterwards: while it is applied, nothing but the clock is read. */
export function tellApplied({ parent, command, result, arrived, begun, applied, durable, answered }: AppliedCommand): void {
  const attributes = { ...describeCommand(command), ...describeResult(result) };
  const span = startSpan(command.kind, { kind: SpanKind.SERVER, parent, at: arrived, attributes });
  const parts: [string, HrTime, HrTime][] = [
    ["queue", arrived, begun],
    ["apply", begun, applied],
    ["journal commit", applied, durable],
    ["acknowledge", durable, answered],
  ];
  for (const [name, from, to] of parts) endSpan(startSpan(name, { parent: span, at: from }), undefined, to);
  endSpan(span, undefined, answered);
}

/** The order entry of a shard in this process, which tells of the commands that are traced. */
export function tracedEntry(shard: CountedOrderEntry): CountedOrderEntry {
  return {
    get orderLimits() {
      return shard.orderLimits;
    },
    orderCounts: (account, time) => shard.orderCounts(account, time),
    submit(command, parent) {
      if (parent === undefined) return shard.submit(command);
      const arrived = now();
      const submitted = shard.submit(command);
      const applied = now();
      return submitted.then((result) => {
        const durable = now();
        tellApplied({ parent, command, result, arrived, begun: arrived, applied, durable, answered: durable });
        return result;
      });
    },
  };
}
