/**
 * Money in and out below `/sapi/v1/capital`: deposit addresses, deposits, withdrawals.
 */

import type { Asset, DepositRecord, Instruments, TransferRefusal, Transfers, WithdrawalRecord } from "../../services/ports";
import { TransferRefused } from "../../services/ports";
import { parseAmount } from "../decimal";
import { ApiError, invalidData, tooPrecise } from "../errors";
import { amountText } from "../market/instrument";
import { type Operation, operation } from "../operation";
import { assertLimit, timeRange } from "../orders/queries";
import * as parameter from "../parameters";

const { optional } = parameter;

/** Binance's numbers for the states of deposits and withdrawals (wallet API, "Deposit History", "Withdraw History"). */
const depositStates: Record<DepositRecord["status"], number> = { pending: 0, credited: 1, refused: 7 };
const withdrawalStates: Record<WithdrawalRecord["status"], number> = { requested: 2, debited: 4, paid: 6, refused: 3 };

/** Times of withdrawals are text in UTC: `2024-01-31 11:12:02`. */
const dateText = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");

const network = () => optional(parameter.opaque("Network; the asset's first one when absent."));
const historyRange = { coin: optional(parameter.assetName()), ...timeRange, limit: optional(parameter.limit(1000, 1000)) };

/** Codes of refused transfers, for which clients have errors of their own: the numbers of Binance's wallet API (-4001: invalid operation). */
const refusalCodes: Record<TransferRefusal, number> = {
  network: -4001,
  amount: -4001,
  address: -4033,
  clientId: -4001,
  balance: -4026,
  account: -4015,
};

/** A transfer that cannot be made is an error with the reason as its text. */
async function refusing<T>(transfer: Promise<T>): Promise<T> {
  try {
    return await transfer;
  } catch (error) {
    if (error instanceof TransferRefused) throw new ApiError(refusalCodes[error.reason], error.message);
    throw error;
  }
}

export function transferOperations(transfers: Transfers, instruments: Instruments): Operation[] {
  const assetNamed = (name: string): Asset => {
    const asset = instruments.assetByName(name);
    if (asset === undefined) throw invalidData("coin");
    return asset;
  };
  const networkOf = (asset: Asset, wanted: string | undefined): string => {
    const chosen = wanted ?? transfers.networks(asset.asset)[0]?.network;
    if (chosen === undefined) throw invalidData("network");
    return chosen;
  };
  /** The bounds of the network, in decimals; what is on no network is refused with it. */
  const assertAmount = (asset: Asset, amount: bigint, chosen: string) => {
    const carried = transfers.networks(asset.asset).find((each) => each.network === chosen);
    if (carried === undefined) return;
    const { withdrawMin, withdrawMax } = carried;
    if (amount < withdrawMin) throw new ApiError(-4022, `Not less than the minimum pick-up quantity ${amountText(asset, withdrawMin)}.`);
    if (amount > withdrawMax) throw new ApiError(-4001, `amount: at most ${amountText(asset, withdrawMax)} may be withdrawn at once`);
  };
  const filter = ({ coin, limit = 1000, ...range }: { coin?: string; startTime?: number; endTime?: number; limit?: number }) => {
    assertLimit(limit);
    return { asset: coin === undefined ? undefined : assetNamed(coin).asset, ...range, limit };
  };

  const address = operation({
    summary: "Shows the account's deposit address.",
    rest: "GET /sapi/v1/capital/deposit/address",
    security: "read",
    weight: 10,
    parameters: { coin: parameter.assetName(), network: network(), amount: optional(parameter.decimal("Ignored.")) },
    async run(values, call) {
      const asset = assetNamed(values.coin);
      const found = await refusing(transfers.depositAddress(call.account, asset.asset, networkOf(asset, values.network)));
      return { address: found, coin: asset.name, tag: "", url: "" };
    },
  });

  const deposits = operation({
    summary: "Lists deposits, newest first.",
    rest: "GET /sapi/v1/capital/deposit/hisrec",
    security: "read",
    parameters: historyRange,
    async run(values, call) {
      const found = await transfers.deposits(call.account, filter(values));
      return found.map((deposit) => {
        const asset = instruments.asset(deposit.asset)!;
        return {
          id: deposit.id,
          amount: amountText(asset, deposit.amount),
          coin: asset.name,
          network: deposit.network,
          status: depositStates[deposit.status],
          address: deposit.address,
          addressTag: "",
          txId: deposit.transactionId,
          insertTime: deposit.time,
          transferType: 0,
          walletType: 0,
        };
      });
    },
  });

  const withdraw = operation({
    summary: "Withdraws to an address; the fee is taken from the amount.",
    rest: "POST /sapi/v1/capital/withdraw/apply",
    security: "withdraw",
    parameters: {
      coin: parameter.assetName(),
      network: network(),
      address: parameter.opaque("Where to."),
      amount: parameter.decimal("What leaves the account."),
      withdrawOrderId: optional(parameter.clientOrderId("Id of the client's own; a repeat is answered with the first withdrawal.")),
      name: optional(parameter.opaque("Ignored.")),
      walletType: optional(parameter.integer("Ignored: there is one wallet.")),
    },
    async run(values, call) {
      const asset = assetNamed(values.coin);
      const amount = parseAmount(values.amount, asset.decimals);
      if (amount === "too precise") throw tooPrecise("amount");
      const chosen = networkOf(asset, values.network);
      assertAmount(asset, amount, chosen);
      const { id } = await refusing(
        transfers.withdraw(call.account, {
          asset: asset.asset,
          network: chosen,
          address: values.address,
          amount,
          clientId: values.withdrawOrderId,
        }),
      );
      return { id };
    },
  });

  const withdrawals = operation({
    summary: "Lists withdrawals, newest first.",
    rest: "GET /sapi/v1/capital/withdraw/history",
    security: "read",
    parameters: historyRange,
    async run(values, call) {
      const found = await transfers.withdrawals(call.account, filter(values));
      return found.map((withdrawal) => {
        const asset = instruments.asset(withdrawal.asset)!;
        return {
          id: withdrawal.id,
          amount: amountText(asset, withdrawal.amount - withdrawal.fee),
          transactionFee: amountText(asset, withdrawal.fee),
          coin: asset.name,
          status: withdrawalStates[withdrawal.status],
          address: withdrawal.address,
          txId: withdrawal.transactionId,
          applyTime: dateText(withdrawal.time),
          network: withdrawal.network,
          transferType: 0,
          withdrawOrderId: withdrawal.clientId,
          info: "",
          walletType: 0,
        };
      });
    },
  });

  return [address, deposits, withdraw, withdrawals];
}
