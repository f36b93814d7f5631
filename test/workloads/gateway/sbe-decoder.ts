/**
 * Reads messages of Binance's stream schema (id 1, version 0; `stream_1_0.xml` of binance-spot-api-docs) from a table of what that schema says, as a
 * client generated from it does: by block lengths as they are sent, never by what the exchange's encoder knows.
 */

import { equal, ok } from "node:assert/strict";

type Primitive = "uint8" | "uint16" | "uint32" | "int8" | "int64";
/** Fields that name an exponent are decimals; the exponent stands before them in the root block. */
type Field = readonly [name: string, type: Primitive, exponent?: "priceExponent" | "qtyExponent"];
interface Group {
  name: string;
  count: "uint16" | "uint32";
  fields: readonly Field[];
}

const sizes: Record<Primitive, number> = { uint8: 1, uint16: 2, uint32: 4, int8: 1, int64: 8 };
const exponents: readonly Field[] = [
  ["priceExponent", "int8"],
  ["qtyExponent", "int8"],
];
const level: readonly Field[] = [
  ["price", "int64", "priceExponent"],
  ["qty", "int64", "qtyExponent"],
];
const levels: readonly Group[] = [
  { name: "bids", count: "uint16", fields: level },
  { name: "asks", count: "uint16", fields: level },
];

const messages: Record<number, { name: string; fields: readonly Field[]; groups: readonly Group[] }> = {
  10000: {
    name: "TradesStreamEvent",
    fields: [["eventTime", "int64"], ["transactTime", "int64"], ...exponents],
    groups: [{ name: "trades", count: "uint32", fields: [["id", "int64"], ...level, ["isBuyerMaker", "uint8"]] }],
  },
  10001: {
    name: "BestBidAskStreamEvent",
    fields: [
      ["eventTime", "int64"],
      ["bookUpdateId", "int64"],
      ...exponents,
      ["bidPrice", "int64", "priceExponent"],
      ["bidQty", "int64", "qtyExponent"],
      ["askPrice", "int64", "priceExponent"],
      ["askQty", "int64", "qtyExponent"],
    ],
    groups: [],
  },
  10002: { name: "DepthSnapshotStreamEvent", fields: [["eventTime", "int64"], ["bookUpdateId", "int64"], ...exponents], groups: levels },
  10003: {
    name: "DepthDiffStreamEvent",
    fields: [["eventTime", "int64"], ["firstBookUpdateId", "int64"], ["lastBookUpdateId", "int64"], ...exponents],
    groups: levels,
  },
};

export interface SbeMessage {
  name: string;
  /** Of the root block and of the entries of each group that is not empty. */
  blockLengths: Record<string, number>;
  symbol: string;
  // biome-ignore lint/suspicious/noExplicitAny: messages have many shapes
  [field: string]: any;
}

/** A decimal with eight places, as JSON streams tell it. */
function decimal(mantissa: number, exponent: number): string {
  ok(exponent <= 0 && exponent >= -8, `exponent ${exponent}`);
  const units = (BigInt(mantissa) * 10n ** BigInt(8 + exponent)).toString().padStart(9, "0");
  return `${units.slice(0, -8)}.${units.slice(-8)}`;
}

/** Decodes one message; throws when anything is left over or missing. */
export function decodeSbe(bytes: Buffer): SbeMessage {
  let at = 0;
  const take = (type: Primitive): number => {
    const place = at;
    at += sizes[type];
    if (type === "uint8") return bytes.readUInt8(place);
    if (type === "int8") return bytes.readInt8(place);
    if (type === "uint16") return bytes.readUInt16LE(place);
    if (type === "uint32") return bytes.readUInt32LE(place);
    return Number(bytes.readBigInt64LE(place));
  };
  // biome-ignore lint/suspicious/noExplicitAny: blocks have many shapes
  const block = (fields: readonly Field[], length: number, scales?: any) => {
    const end = at + length;
    const read: Record<string, number | string> = {};
    for (const [name, type, exponent] of fields) {
      const value = take(type);
      read[name] = exponent === undefined ? value : decimal(value, (scales ?? read)[exponent] as number);
    }
    ok(at <= end, `a block of ${length} bytes is too short for its fields`);
    at = end;
    return read;
  };

  const [length, template, schema, version] = [take("uint16"), take("uint16"), take("uint16"), take("uint16")];
  equal(schema, 1);
  equal(version, 0);
  const layout = messages[template];
  ok(layout !== undefined, `template ${template}`);
  const blockLengths: Record<string, number> = { root: length };
  const root = block(layout.fields, length);
  const groups = layout.groups.map(({ name, count, fields }) => {
    const [entry, entries] = [take("uint16"), take(count)];
    blockLengths[name] = entry;
    return [name, Array.from({ length: entries }, () => block(fields, entry, root))];
  });
  const size = take("uint8");
  const symbol = bytes.toString("utf8", at, at + size);
  equal(at + size, bytes.length, "bytes are left over");
  return { name: layout.name, blockLengths, ...root, ...Object.fromEntries(groups), symbol };
}
