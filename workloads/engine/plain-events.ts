/** The first bytes of the events that a plain command has, which its short ways share. */

import { LAST_EVENT } from "./event-heads";
import * as layout from "./layout";

const { EVENT_HEADER, LAYOUT_VERSION } = layout;
const { BALANCE_CHANGED, LEVEL_CHANGED, ORDER_ACCEPTED, ORDER_CLOSED } = layout.EventType;

/** Bytes of the events of a plain command, and the first eight bytes of each as a double: length, type, version, and its index among them. */
export const BALANCE_LENGTH = EVENT_HEADER + 24;
export const LEVEL_LENGTH = EVENT_HEADER + 32;
export const CLOSED_LENGTH = EVENT_HEADER + 24;
const VERSION = LAYOUT_VERSION << 24;
export const ACCEPTED_HEAD = (EVENT_HEADER + 24) | (ORDER_ACCEPTED << 16) | VERSION;
export const CLOSED_FIRST = wordsAsDouble(CLOSED_LENGTH | (ORDER_CLOSED << 16) | VERSION, 0);
export const BALANCE_FIRST = wordsAsDouble(BALANCE_LENGTH | (BALANCE_CHANGED << 16) | VERSION, 1);
export const LEVEL_FIRST = wordsAsDouble(LEVEL_LENGTH | (LEVEL_CHANGED << 16) | VERSION, 2 | LAST_EVENT);

function wordsAsDouble(low: number, high: number): number {
  return new Float64Array(Int32Array.of(low, high).buffer)[0];
}
