/** AWS service quotas that a stack can run into: code, default, and how the graph's need is counted. */

import { edgeQuotas } from "./edge";
import { networkQuotas } from "./network";
import type { Quota } from "./quota";
import { storeQuotas } from "./stores";

export const quotas: readonly Quota[] = [...networkQuotas, ...storeQuotas, ...edgeQuotas];
