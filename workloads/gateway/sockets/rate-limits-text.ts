/** The `rateLimits` of an answer of the WebSocket API: the limits as `exchangeInfo` shows them, with what is used of each. */

import type { OrderLimits } from "../../services/trading/port";
import type { ApiAnswer } from "../dispatcher";
import { type LimitSettings, rateLimitViews } from "../rate-limits";

/** Keeps the text of the limits, which are the same in every answer. */
export class RateLimitsText {
  private orderLimits: OrderLimits | undefined;
  private tenSeconds = "";
  private day = "";
  private weight = "";

  /** A JSON array. */
  text({ orders, usedWeight }: Pick<ApiAnswer, "orders" | "usedWeight">, settings: LimitSettings, orderLimits: OrderLimits): string {
    if (orderLimits !== this.orderLimits) {
      this.orderLimits = orderLimits;
      this.tenSeconds = open(rateLimitViews.tenSeconds(orderLimits));
      this.day = open(rateLimitViews.day(orderLimits));
      this.weight = open(rateLimitViews.weight(settings));
    }
    const weight = `${this.weight}${usedWeight}}`;
    return orders === undefined ? `[${weight}]` : `[${this.tenSeconds}${orders.tenSeconds}},${this.day}${orders.day}},${weight}]`;
  }
}

/** Up to the count, which comes last. */
const open = (view: object) => `${JSON.stringify(view).slice(0, -1)},"count":`;
