/**
 * The parameters of requests: each kind is a schema of the text that a client sends, with the error that a wrong text is answered with. The
 * same schemas check requests (compiled) and describe them in the OpenAPI document. Over the WebSocket API the same parameters arrive as
 * JSON scalars and are checked as their text.
 */

import type { StaticDecode, TObject, TProperties, TSchema } from "typebox";
import { Type } from "typebox";
import { Compile } from "typebox/compile";
import { klineIntervals } from "../services/ports";
import { decimalPattern } from "./decimal";
import * as errors from "./errors";

/** Codes and texts for a value outside a set, where Binance has one of their own. */
const setErrors: Record<string, [number, string]> = {
  timeInForce: [-1115, "Invalid timeInForce."],
  type: [-1116, "Invalid orderType."],
  side: [-1117, "Invalid side."],
  interval: [-1120, "Invalid interval."],
  symbolStatus: [-1122, "Invalid symbolStatus."],
  tickerType: [-1139, "Invalid ticker type."],
  // The text of rest-api.md, "Regarding cancelRestrictions"; errors.md describes the code in other words.
  cancelRestrictions: [-1145, "Invalid cancelRestrictions"],
  pegPriceType: [-1210, "Invalid pegPriceType."],
  pegOffsetType: [-1211, "Invalid pegOffsetType."],
};

const leastOffset = -12 * 3_600_000;
const mostOffset = 14 * 3_600_000;

/** Text restricted to `pattern`; anything else is -1100, which names the pattern. */
const text = (pattern: string, description: string) => Type.String({ pattern, description });

const decoded = <T>(schema: TSchema, decode: (value: string) => T) =>
  Type.Codec(schema as ReturnType<typeof Type.String>)
    .Decode(decode)
    .Encode(String);

/** One of `values`; anything else is an error of the set's own, or -1130. */
export const oneOf = <const T extends string>(values: readonly T[], description: string, set?: string) =>
  decoded(Type.String({ enum: [...values], description, ...(set === undefined ? {} : { "x-error": set }) }), (value) => value as T);

/** A whole number of at least `least`; a larger one than `most` counts as `most`, as Binance does with limits, and is an overflow without a `most`. */
export const integer = (description: string, least = 0, most?: number) =>
  decoded(
    Type.String({ pattern: "^[0-9]{1,20}$", description, "x-least": least, ...(most === undefined ? {} : { "x-most": most }) }),
    (value) => (most === undefined ? Number(value) : Math.min(Number(value), most)),
  );

/** Times may be sent in milliseconds or microseconds; decoded to milliseconds. Source: rest-api.md, "General API Information". */
export const time = (description: string) =>
  decoded(Type.String({ pattern: "^[0-9]{1,20}$", description, "x-least": 0 }), (value) => {
    const number = Number(value);
    return number >= 1e14 ? Math.floor(number / 1000) : number;
  });

export const symbolPattern = "^[A-Z0-9\\-_.]{1,20}$";
export const clientIdPattern = "^[a-zA-Z0-9\\-_]{1,36}$";
export const symbolsPattern = '^\\["[A-Z0-9\\-_.]{1,20}"(,"[A-Z0-9\\-_.]{1,20}"){0,}\\]$';

export const symbol = () => text(symbolPattern, "Symbol, for example BTCUSDT.");
export const symbols = () =>
  decoded(text(symbolsPattern, 'Symbols, for example ["BTCUSDT","ETHUSDT"].'), (value) => JSON.parse(value) as string[]);
/** Permissions of accounts and symbols, one or a JSON array (enums.md, "Account and Symbol Permissions"); one that does not exist is -1130. */
export const permissions = () =>
  decoded(
    text('^([A-Z0-9_]{1,20}|\\["[A-Z0-9_]{1,20}"(,"[A-Z0-9_]{1,20}")*\\])$', 'Permissions, for example SPOT or ["SPOT","MARGIN"].'),
    (value) => {
      const names: string[] = value.startsWith("[") ? JSON.parse(value) : [value];
      if (names.every((name) => /^(SPOT|MARGIN|LEVERAGED|TRD_GRP_0(0[2-9]|1[0-9]|2[0-5]))$/.test(name))) return names;
      throw errors.invalidData("permissions");
    },
  );
export const assetName = (description = "Asset, for example BTC.") => text("^[A-Z0-9]{1,20}$", description);
export const decimal = (description: string) => text(decimalPattern, description);
export const clientOrderId = (description: string) => text(clientIdPattern, description);
export const orderId = (description = "Number of the order.") => integer(description, 0);
export const flag = (description: string) =>
  decoded(oneOf(["true", "false", "TRUE", "FALSE"], description), (value) => value.toLowerCase() === "true");
export const limit = (standard: number, most: number) => integer(`Number of entries; ${standard} by default, at most ${most}.`, 1, most);
export const interval = () => oneOf(klineIntervals, "Length of a candle.", "interval");
/** An offset from UTC as Binance takes it (rest-api.md, "Kline/Candlestick data"): hours, or hours and minutes; decoded to milliseconds. */
export const timeZone = () =>
  decoded(text("^[+-]?[0-9]{1,2}(:[0-5][0-9])?$", "Offset from UTC: 8, -1:00 or 05:45; -12:00 to +14:00, 0 by default."), (value) => {
    const [, sign, hours, minutes = "0"] = /^([+-]?)([0-9]+)(?::([0-9]+))?$/.exec(value)!;
    const offset = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    if (offset < leastOffset || offset > mostOffset) throw errors.invalidData("timeZone");
    return offset;
  });
export const opaque = (description: string) => text("^[\\x20-\\x7e]{1,200}$", description);
export const optional = Type.Optional;

/** What every signed request carries besides its own parameters. */
export const signedParameters = {
  timestamp: time("When the request was made: milliseconds or microseconds since 1970."),
  recvWindow: Type.Optional(
    text("^[0-9]{1,20}(\\.[0-9]{1,3})?$", "Milliseconds for which the request stays valid; 5000 by default, at most 60000."),
  ),
  signature: text("^[A-Za-z0-9+/=_-]{1,1024}$", "Signature over the raw query string and body."),
};

/** Parameters as sent: text by name. */
export type SentParameters = Record<string, string>;

/** As good as an object without a prototype, since its prototype has none and no names; but quick to read, which those are not. */
function Sent(this: SentParameters) {}
Sent.prototype = Object.create(null);

/** For the parameters of one request: whatever their names are, they are its own. */
export const sentParameters = () => new (Sent as unknown as new () => SentParameters)();

export type Parameters<T extends TProperties> = StaticDecode<TObject<T>>;

type Property = TSchema & {
  pattern?: string;
  enum?: string[];
  "x-error"?: string;
  "x-least"?: number;
  "x-most"?: number;
  "~codec"?: { decode: (value: unknown) => unknown };
};

/** Checks and decodes the parameters of one operation. */
export interface ParameterReader<T extends TProperties> {
  schema: TObject<T>;
  /** Throws the {@link errors.ApiError} that names the first fault. */
  read(sent: Record<string, string>): Parameters<T>;
}

/** Compiles `properties` once; reading a correct request then costs one compiled check and the decoding of what needs it. */
export function parameterReader<T extends TProperties>(properties: T): ParameterReader<T> {
  const schema = Type.Object(properties, { additionalProperties: false });
  const compiled = Compile(schema);
  const entries = Object.entries(properties) as [string, Property][];
  const decoders = entries.flatMap(([name, property]) => {
    const decode = property["~codec"]?.decode;
    return decode === undefined ? [] : [{ name, decode, least: property["x-least"] ?? Number.NEGATIVE_INFINITY }];
  });
  const required = new Set<string>((schema as { required?: string[] }).required ?? []);

  return {
    schema,
    read(sent) {
      if (!compiled.Check(sent)) throw faultOf(entries, required, sent);
      const values: Record<string, unknown> = sent;
      for (const { name, decode, least } of decoders) {
        const value = sent[name];
        if (value === undefined) continue;
        const result = decode(value);
        if (typeof result === "number") {
          if (!Number.isSafeInteger(result)) throw errors.overflow(name);
          if (result < least) throw errors.invalidData(name);
        }
        values[name] = result;
      }
      return values as Parameters<T>;
    },
  };
}

/** The first fault of a request that its schema refuses, as Binance words it. */
function faultOf(entries: [string, Property][], required: Set<string>, sent: Record<string, string>): errors.ApiError {
  for (const [name, property] of entries) {
    const value = sent[name];
    if (value === undefined) {
      if (required.has(name)) return errors.missingParameter(name);
      continue;
    }
    if (value === "") return errors.emptyParameter(name);
    if (property.pattern !== undefined && !new RegExp(property.pattern).test(value)) {
      return errors.illegalCharacters(name, property.pattern.replaceAll("\\-", "-"));
    }
    if (property.enum !== undefined && !property.enum.includes(value)) {
      const own = property["x-error"] === undefined ? undefined : setErrors[property["x-error"]];
      return own === undefined ? errors.invalidData(name) : new errors.ApiError(...own);
    }
  }
  const known = entries.filter(([name]) => sent[name] !== undefined).length;
  const all = Object.keys(sent).length;
  return entries.length === 0 ? errors.tooManyParameters(0, all) : errors.unreadParameters(known, all);
}
