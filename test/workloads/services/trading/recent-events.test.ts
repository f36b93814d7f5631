import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { RecentEvents } from "../../../../workloads/services/trading/recent-events";

/** More commands than one chunk of memory holds. */
const SEVERAL_CHUNKS = 40_000;

describe("recent events", () => {
  const add = (recent: RecentEvents, count: number, published: () => number) => {
    for (let n = 0; n < count; n++) {
      const { bytes, length } = recent.buffer(published());
      ok(length <= bytes.length);
      recent.close(recent.last + 1);
    }
  };

  it("keep what was not published however much that is, and of the rest as much as they may", () => {
    const recent = new RecentEvents(0, 1, 100, 1);
    add(recent, SEVERAL_CHUNKS, () => 100);
    strictEqual(recent.first, 101);
    const seen: [number, number][] = [];
    recent.visit(101, recent.last, ({ first, last }) => seen.push([first, last]));
    strictEqual(seen[0][0], 101);
    strictEqual(seen.at(-1)![1], 100 + SEVERAL_CHUNKS);
    for (const [n, [first]] of seen.entries()) if (n > 0) strictEqual(first, seen[n - 1][1] + 1);

    add(recent, 3 * SEVERAL_CHUNKS, () => recent.last);
    ok(recent.first > 100 + SEVERAL_CHUNKS, `they begin at ${recent.first}`);
    throws(() => recent.visit(101, 102, () => {}), /events of 101 to 102 were asked for/);
  });

  it("tell which commands repeat others", () => {
    const recent = new RecentEvents(0, 1, 0, 1);
    const [accepted, repeated] = [1, 2];
    const expected = new Set<number>();
    const seen = new Set<number>();
    for (let sequence = 1, published = 0; sequence <= 3 * SEVERAL_CHUNKS; sequence++) {
      const out = recent.buffer(published);
      // What is not written shows what was there before.
      const empty = sequence % 11 === 0;
      if (!empty) {
        const repeats = sequence % 7 === 0;
        if (repeats) expected.add(sequence);
        out.bytes[out.length + 2] = repeats ? repeated : accepted;
        out.length += 8;
      }
      recent.close(sequence);
      if (sequence % 1000 > 0) continue;
      recent.visit(published + 1, sequence, ({ first, last, repeated: those }) => {
        for (let n = first; n <= last; n++) if (those.has(n)) seen.add(n);
        ok(those.size <= SEVERAL_CHUNKS / 7, "no more than one piece of memory has");
      });
      published = sequence;
    }
    deepStrictEqual(seen, expected);
  });

  it("stay as they are while somebody holds them, and make no place for others meanwhile", () => {
    const recent = new RecentEvents(0, 1, 0, 1);
    const write = (sequence: number) => {
      const out = recent.buffer(sequence - 1);
      out.bytes.fill(sequence & 255, out.length, out.length + 8);
      out.length += 8;
      recent.close(sequence);
    };
    write(1);
    const held: { bytes: Uint8Array; release: () => void }[] = [];
    recent.visit(1, 1, ({ bytes, hold }) => held.push({ bytes, release: hold!() }, { bytes, release: hold!() }));
    const [{ bytes, release }, second] = held;
    const memory = new Set<Uint8Array>();
    let sequence = 1;
    const go = () => {
      memory.clear();
      for (const until = sequence + SEVERAL_CHUNKS; sequence < until; ) {
        write(++sequence);
        memory.add(recent.buffer(sequence).bytes);
      }
    };
    go();
    release();
    go();
    strictEqual(memory.has(bytes), false);
    strictEqual(bytes[0], 1);
    ok(recent.first > 1, "the others do not wait");
    second.release();

    recent.visit(sequence, sequence, (batch) => {
      const releaseNow = batch.hold!();
      releaseNow();
      go();
      ok(memory.has(batch.bytes), "it is used again when nobody holds it");
    });
  });

  it("are of commands without a gap", () => {
    const recent = new RecentEvents(0, 1, 0, 1 << 20);
    recent.buffer(0);
    throws(() => recent.close(2), /events of sequence 2 follow those of 0/);
    deepStrictEqual([recent.first, recent.last], [1, 0]);
  });
});
