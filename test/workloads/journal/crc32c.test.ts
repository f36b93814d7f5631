import { strictEqual } from "node:assert/strict";
import { crc32c, crc32cAppendWord, crc32cWords } from "../../../workloads/journal/crc32c";

describe("CRC-32C", () => {
  it("gives the published values (RFC 3720, appendix B.4)", () => {
    const check = (bytes: Uint8Array, expected: number) => strictEqual(crc32c(bytes, 0, bytes.length), expected);
    check(Buffer.from("123456789"), 0xe3069283);
    check(new Uint8Array(32), 0x8a9136aa);
    check(new Uint8Array(32).fill(255), 0x62a8ab43);
    check(
      Uint8Array.from({ length: 32 }, (_, i) => i),
      0x46dd794e,
    );
  });

  it("is the same by bytes, by words, and word after word", () => {
    const bytes = Uint8Array.from({ length: 400 }, (_, i) => (i * 131 + 7) & 255);
    const words = new Int32Array(bytes.buffer);
    for (const [start, end] of [
      [0, 0],
      [0, 1],
      [3, 10],
      [1, 22],
      [5, 100],
    ]) {
      const expected = crc32c(bytes, start * 4, end * 4);
      strictEqual(crc32cWords(words, start, end), expected);
      let appended = 0;
      for (let at = start; at < end; at++) appended = crc32cAppendWord(appended, words[at]);
      strictEqual(appended, expected);
    }
  });
});
