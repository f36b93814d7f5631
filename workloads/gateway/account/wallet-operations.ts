/**
 * The endpoints below `/sapi/v1` that clients call on their way to spot trading.
 */

import type { Asset, TransferNetwork, Transfers } from "../../services/ports";
import { amountText, instrumentNamed } from "../market/instrument";
import { type Operation, operation } from "../operation";
import { rateText } from "../orders/trading";
import * as parameter from "../parameters";
import { signedParameters } from "../parameters";
import type { Services } from "../services";

const { optional } = parameter;

/** A way in and out as `getall` shows it. */
const networkView = (network: TransferNetwork, asset: Asset, isDefault: boolean) => ({
  network: network.network,
  coin: asset.name,
  name: network.network,
  isDefault,
  depositEnable: true,
  withdrawEnable: true,
  withdrawFee: amountText(asset, network.withdrawFee),
  withdrawMin: amountText(asset, network.withdrawMin),
  withdrawMax: amountText(asset, network.withdrawMax),
  withdrawIntegerMultiple: amountText(asset, 1n),
  addressRegex: network.addressPattern,
  memoRegex: "",
});

/** Some clients sign requests that need no signature: accepted, not checked. */
const maybeSigned = {
  timestamp: optional(signedParameters.timestamp),
  recvWindow: signedParameters.recvWindow,
  signature: optional(signedParameters.signature),
};

export function walletOperations(services: Services, transfers: Transfers | undefined): Operation[] {
  const { wallet, instruments, users } = services;

  const systemStatus = operation({
    summary: "Shows whether the exchange is open: 0 is normal.",
    rest: "GET /sapi/v1/system/status",
    parameters: {},
    run: () => ({ status: 0, msg: "normal" }),
  });

  const coins = operation({
    summary: "Lists assets with the account's balances.",
    rest: "GET /sapi/v1/capital/config/getall",
    security: "read",
    weight: 10,
    parameters: {},
    run(_, call) {
      const state = wallet.account(call.account);
      return instruments.assets().map((asset) => {
        const { free, locked } = state?.balances.find((balance) => balance.asset === asset.asset) ?? { free: 0n, locked: 0n };
        return {
          coin: asset.name,
          name: asset.name,
          depositAllEnable: state?.canDeposit ?? false,
          withdrawAllEnable: state?.canWithdraw ?? false,
          free: amountText(asset, free),
          locked: amountText(asset, locked),
          freeze: "0",
          withdrawing: "0",
          ipoing: "0",
          ipoable: "0",
          storage: "0",
          isLegalMoney: false,
          trading: true,
          networkList: (transfers?.networks(asset.asset) ?? []).map((network, place) => networkView(network, asset, place === 0)),
        };
      });
    },
  });

  const noMarginPairs = operation({
    summary: "Lists margin pairs: there are none.",
    rest: ["GET /sapi/v1/margin/allPairs", "GET /sapi/v1/margin/isolated/allPairs"],
    security: "key",
    parameters: { ...maybeSigned, symbol: optional(parameter.symbol()) },
    run: () => [],
  });

  const tradeFee = operation({
    summary: "Shows the account's rates, by symbol.",
    rest: "GET /sapi/v1/asset/tradeFee",
    security: "read",
    parameters: { symbol: optional(parameter.symbol()) },
    run({ symbol }, call) {
      const state = wallet.account(call.account);
      const [makerCommission, takerCommission] = [rateText(state?.makerRate ?? 0), rateText(state?.takerRate ?? 0)];
      const listed = symbol === undefined ? instruments.all() : [instrumentNamed(instruments, symbol)];
      return listed.map((instrument) => ({ symbol: instrument.name, makerCommission, takerCommission }));
    },
  });

  const restrictions = operation({
    summary: "Shows what the API key may do.",
    rest: "GET /sapi/v1/account/apiRestrictions",
    security: "read",
    parameters: {},
    async run(_, call) {
      const key = call.key!;
      const listed = (await users.keys(call.account)).find(({ apiKey }) => apiKey === key.apiKey);
      return {
        ipRestrict: key.allowedAddresses.length > 0,
        createTime: listed?.createdAt ?? 0,
        tradingAuthorityExpirationTime: key.expiresAt,
        enableReading: key.permissions.has("read"),
        enableSpotAndMarginTrading: key.permissions.has("trade"),
        enableWithdrawals: key.permissions.has("withdraw"),
        enableInternalTransfer: false,
        enableMargin: false,
        enableFutures: false,
        permitsUniversalTransfer: false,
        enableVanillaOptions: false,
        enablePortfolioMarginTrading: false,
      };
    },
  });

  return [systemStatus, coins, noMarginPairs, tradeFee, restrictions];
}
