/**
 * Where both halves of the engine, TypeScript and what is compiled (`compiled/`), hand things to each other: lines of {@link Memory} with fixed places.
 */

/** State of the batch in hand. Integers: bytes of events in {@link OUTPUT}; byte of the next command; commands applied since the batch, or its rest, was begun. */
export const BATCH = 13;
export const WRITTEN = 0;
export const AT = 1;
export const APPLIED = 2;
/** Why the order in {@link TAKER} was not filled further (see `Stop`), and levels in {@link NOTED} whose change is not told yet. */
export const STOPPED = 3;
export const NOTES = 4;
/** Byte up to which commands were looked at ahead. */
export const LOOKED = 6;
/** Bytes of the hints for the next new order and for the next cancel. */
export const NEXT_NEW = 7;
export const NEXT_CANCEL = 5;
/** Doubles: lots of it that are executed, and the worst price that the execution band lets it trade at, 0 for any. */
export const TAKER_EXECUTED = 4;
export const BAND = 5;

/** Commands on their way in: line, and bytes. The longest command has less than a kilobyte. */
export const INPUT = 16;
export const INPUT_BYTES = 32_768;
/** Events on their way out. Behind so many bytes nothing is begun; what a command that does not trade writes, or a trade, fits into the rest. */
export const OUTPUT = 528;
export const OUTPUT_BYTES = 131_072;
export const OUTPUT_REST = 8_192;
/** Where the events of each applied command end, in bytes from the start of the output: at most so many commands are in the input. */
export const ENDS = 2_704;
export const ENDS_LENGTH = 1_024;
/** Levels whose change is noted: a double, the price, of bids as `-price - 1`; and the line of each. */
export const NOTED = 2_768;
export const NOTED_LINES = 2_800;
export const NOTED_LENGTH = 256;
/** What looking ahead knows of the commands ahead: two hints of half a line for each of them, and six integers. */
export const AHEAD = 2_816;
/** Enough for reads to overlap, few enough for all they bring to stay in the second-level cache. */
export const LOOKED_AHEAD = 64;
/** The first line that pools and tables may take. */
export const FIRST_FREE = 2_912;
