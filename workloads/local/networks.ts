/** The networks on which the embedded exchange's assets travel: simulated, in this process alone. */

import type { TransferNetwork } from "../services/ports";
import { assetDecimals, BTC, ETH, USDT } from "./listing";

/** Its name for clients. Money on it exists nowhere else. */
const network = "SIM";

/** What `SimulatedRails` gives out and takes. */
const addressPattern = "sim-[0-9a-f]{32}";

/** Asset units of a count of 10^-`decimals`. */
const units = (count: bigint, decimals: number) => count * 10n ** BigInt(assetDecimals - decimals);

/** Fees and bounds of the order of a large exchange's. */
export const simulatedNetworks: readonly TransferNetwork[] = [
  { network, asset: BTC, withdrawFee: units(1n, 5), withdrawMin: units(1n, 4), withdrawMax: units(1_000n, 0), addressPattern },
  { network, asset: ETH, withdrawFee: units(1n, 4), withdrawMin: units(1n, 3), withdrawMax: units(10_000n, 0), addressPattern },
  { network, asset: USDT, withdrawFee: units(1n, 0), withdrawMin: units(5n, 0), withdrawMax: units(10_000_000n, 0), addressPattern },
];
