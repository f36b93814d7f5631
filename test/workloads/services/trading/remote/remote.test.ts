import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, type Event, encodeCommand, MAX_COMMAND_LENGTH, Side } from "@bourse/engine";
import { startSpan } from "../../../../../workloads/process/spans";
import {
  type CommandResult,
  type EncodedBatch,
  openTradingShard,
  ShardUnavailable,
  TooManyOrders,
  type TradingShard,
} from "../../../../../workloads/services/trading";
import {
  type BinaryClient,
  connectShard,
  FrameType,
  keyIdOf,
  type ShardServer,
  type ShardServerOptions,
  serveShard,
} from "../../../../../workloads/services/trading/remote";
import {
  FRAME_HEADER,
  FrameReader,
  logonMessage,
  newFrame,
  padded,
  RefusalReason,
} from "../../../../../workloads/services/trading/remote/frames";
import { isResults, visitResults } from "../../../../../workloads/services/trading/remote/results";
import { Random } from "../../../journal/simulated-disk";
import { until } from "../../until";
import { cancelOrder, limitOrder, openMarket, START_TIME } from "../command-mix";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const keyId = keyIdOf(publicKey);
const member: BinaryClient = { publicKey, sessions: new Set([7, 8]), accounts: "all", readsEvents: true };
const order = (n: number, account = 1) => limitOrder(account, n % 2, 100, 1, START_TIME + 1000 + n);

describe("binary order entry", function () {
  this.timeout(60_000);
  let folder: string;
  let shard: TradingShard;
  let server: ShardServer;
  let client: BinaryClient;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "bourse-binary-"));
    shard = await openTradingShard({ folder, shard: 3, segmentBytes: 16 << 20 });
    await Promise.all([...openMarket(2)].map((command) => shard.submit(command)));
    client = member;
    server = await serve();
  });
  afterEach(async () => {
    await server.close();
    await shard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function serve(options: Partial<ShardServerOptions> = {}): Promise<ShardServer> {
    const listen = { host: "127.0.0.1", port: 0 };
    return serveShard({ shard, listen, findClient: (id) => (id === keyId ? client : undefined), ...options });
  }
  const to = () => ({ host: "127.0.0.1", port: server.port });
  const join7 = (options = {}) => connectShard({ connect: to(), keyId, privateKey, session: 7, ...options });

  it("gives the same results and events as the shard itself", async () => {
    const live: Event[] = [];
    await shard.subscribe({ ...shard.position, sequence: 0 }, ({ events }) => live.push(...events));
    const remote = await join7();
    const seen: Event[] = [];
    await remote.subscribe({ shard: 3, epoch: 1, sequence: 0 }, ({ events }) => seen.push(...events));
    const results = await Promise.all(Array.from({ length: 300 }, (_, n) => remote.submit(order(n, 1 + (n % 2)))));
    deepStrictEqual(
      results.map(({ position }) => position.sequence),
      Array.from({ length: 300 }, (_, n) => 11 + n),
    );
    ok(results.some(({ events }) => events.some(({ kind }) => kind === "trade")));
    await until(() => seen.length >= live.length);
    deepStrictEqual(seen, live);
    deepStrictEqual(
      results.flatMap(({ events }) => events),
      live.filter(({ sequence }) => sequence > 10),
    );
    await remote.close();
  });

  it("tells the limits and counts of unfilled orders, and refuses what is over them", async () => {
    await server.close();
    await shard.close();
    shard = await openTradingShard({ folder, shard: 3, segmentBytes: 16 << 20, orderLimits: { tenSeconds: 2, day: 9 } });
    server = await serve();
    const remote = await join7();
    deepStrictEqual(remote.orderLimits, { tenSeconds: 2, day: 9 });
    const buy = () => remote.submit(limitOrder(1, Side.BUY, 100, 1, START_TIME + 1000));
    deepStrictEqual((await buy()).orderCounts, { tenSeconds: 1, day: 1 });
    deepStrictEqual((await buy()).orderCounts, { tenSeconds: 2, day: 2 });
    await rejects(buy(), (error: unknown) => error instanceof TooManyOrders && error.retryAfter === 10);
    deepStrictEqual(await remote.orderCounts(1, START_TIME), { tenSeconds: 2, day: 2 });
    deepStrictEqual(await remote.orderCounts(1, START_TIME + 10_000_000), { tenSeconds: 0, day: 2 });
    await server.close();
    const asked = remote.orderCounts(1, START_TIME);
    server = await serve({ listen: to() });
    deepStrictEqual(await asked, { tenSeconds: 2, day: 2 });
    await remote.close();
  });

  it("sends the result and the events of one command however long they are", async () => {
    const remote = await join7();
    const batches: Event[] = [];
    await remote.subscribe({ shard: 3, epoch: 1, sequence: 10 }, ({ events }) => batches.push(...events));
    const orders = 1000;
    await Promise.all(Array.from({ length: orders }, (_, n) => remote.submit(limitOrder(1, Side.BUY, 100 + n, 1, START_TIME + n))));
    const header = { time: START_TIME + 5000, session: 0, sessionSequence: 0 };
    const { events, position } = await remote.submit({ kind: "cancelAllOrders", ...header, account: 1, symbol: 1 });
    strictEqual(events.filter(({ kind }) => kind === "orderClosed").length, orders);
    await until(() => batches.at(-1)?.sequence === position.sequence);
    deepStrictEqual(batches.slice(-events.length), events);
    strictEqual(batches.filter(({ kind }) => kind === "orderAccepted").length, orders);
    await remote.close();
  });

  it("sends a connection the events of its own commands when others' come between them", async () => {
    const other = new Uint8Array(MAX_COMMAND_LENGTH);
    encodeCommand(order(500, 2), other, 0);
    client = { ...member, arrived: () => void shard.enter(other, 0) };
    const remote = await join7();
    const submitted: Promise<CommandResult>[] = [];
    for (let n = 0; n < 50; n++) {
      submitted.push(remote.submit(order(n)));
      // The next one is in a frame of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const results = await Promise.all(submitted);
    deepStrictEqual(
      results.map(({ position }) => position.sequence),
      Array.from({ length: 50 }, (_, n) => 12 + 2 * n),
    );
    for (const { events, position } of results)
      deepStrictEqual(new Set(events.map(({ sequence }) => sequence)), new Set([position.sequence]));
    await remote.close();
  });

  it("sends results in runs to clients that say they take them, and one by one to the others", async () => {
    const seen: FrameType[][] = [];
    for (const [session, takes] of [
      [7, 0],
      [8, 1],
    ]) {
      const raw = await rawConnection(server.port);
      await raw.logon(session, takes);
      const frame = newFrame(FrameType.COMMANDS, 64);
      encodeCommand({ ...order(session), session, sessionSequence: 1 }, frame, FRAME_HEADER);
      raw.socket.write(frame);
      await raw.frame(takes === 1 ? FrameType.RESULT_RUNS : FrameType.RESULTS);
      // What is sent again has its first result, which any client takes in either form.
      raw.socket.destroy();
      await raw.closed;
      const again = await rawConnection(server.port);
      await again.logon(session, takes);
      again.socket.write(frame);
      const first = await again.frame(FrameType.RESULTS);
      strictEqual(first.readBigUInt64LE(8), BigInt(shard.position.sequence) - 1n);
      again.socket.destroy();
      seen.push(raw.types().filter((type) => type === FrameType.RESULTS || type === FrameType.RESULT_RUNS));
    }
    deepStrictEqual(seen, [[FrameType.RESULTS], [FrameType.RESULT_RUNS]]);
  });

  it("sends a client that reads late what its results were, though their memory has other events by then", async () => {
    await server.close();
    await shard.close();
    shard = await openTradingShard({ folder, shard: 3, segmentBytes: 16 << 20, recentEventBytes: 1 });
    let held = 0;
    const { subscribeEncoded } = shard;
    shard.subscribeEncoded = (from, listener) => {
      const hold = (batch: EncodedBatch) => () => {
        const release = batch.hold!();
        held++;
        return () => {
          held--;
          release();
        };
      };
      return subscribeEncoded.call(shard, from, (batch) => listener({ ...batch, hold: hold(batch) }));
    };
    server = await serve();
    const expected = new Map<number, Buffer>();
    await shard.subscribeEncoded(shard.position, ({ first, last, bytes, start, endOf }) => {
      for (let sequence = first; sequence <= last; sequence++) {
        expected.set(sequence, Buffer.from(bytes.subarray(sequence === first ? start : endOf(sequence - 1), endOf(sequence))));
      }
    });
    const late = await rawConnection(server.port);
    await late.logon(7, 1);
    late.socket.pause();
    const ofFrame = 500;
    let number = 0;
    const send = async () => {
      const frame = newFrame(FrameType.COMMANDS, ofFrame * 64);
      for (let at = FRAME_HEADER; at < frame.length; at += 64) {
        encodeCommand({ ...order(number), session: 7, sessionSequence: ++number }, frame, at);
      }
      late.socket.write(frame);
      await until(() => shard.position.sequence >= 10 + number);
    };
    // More than the system's buffers take.
    while (number < 60_000) await send();
    ok(expected.get(100)!.length > 100);
    const one = Buffer.alloc(MAX_COMMAND_LENGTH);
    for (let n = 0; n < 20_000; n++) {
      encodeCommand(order(n, 2), one, 0);
      shard.enter(one, 0);
    }
    shard.flush();
    ok(held > 0 && held < 10, `${held} pieces are held for who does not read`);
    late.socket.resume();
    const results = new Map<number, Buffer>();
    await until(() => {
      for (const { type, body } of late.take()) {
        if (isResults(type))
          visitResults(type, body, 0, body.length, (n, _sequence, _epoch, _counts, at, end) => results.set(n, body.subarray(at, end)));
      }
      return results.size >= number;
    });
    for (let n = 1; n <= number; n++)
      strictEqual(results.get(n)!.compare(expected.get(10 + n)!), 0, `the events of command ${n} are others`);
    await until(() => held === 0);
    late.socket.destroy();
  });

  it("answers commands under the numbers that they have, also where a frame leaves some out", async () => {
    const raw = await rawConnection(server.port);
    await raw.logon(7, 1);
    const numbers = [5, 6, 8, 9, 20, 21];
    const frame = newFrame(FrameType.COMMANDS, numbers.length * 64);
    for (const [n, sessionSequence] of numbers.entries())
      encodeCommand({ ...order(n), session: 7, sessionSequence }, frame, FRAME_HEADER + n * 64);
    raw.socket.write(frame);
    const results = new Map<number, number>();
    await until(() => {
      for (const { type, body } of raw.take()) {
        if (isResults(type)) visitResults(type, body, 0, body.length, (number, sequence) => results.set(number, sequence));
      }
      return results.size >= numbers.length;
    });
    deepStrictEqual(
      [...results],
      numbers.map((number, n) => [number, 11 + n]),
    );
    raw.socket.destroy();
  });

  it("takes the commands of a frame in order: those that are not admitted, or are over a limit, are refused between the others", async () => {
    await server.close();
    await shard.close();
    shard = await openTradingShard({ folder, shard: 3, segmentBytes: 16 << 20, orderLimits: { tenSeconds: 9, day: 9 } });
    client = { ...member, admit: (bytes, start) => ([4, 5, 9].includes(bytes[start + 24]) ? "not now" : undefined) };
    server = await serve();
    const raw = await rawConnection(server.port);
    await raw.logon(7);
    const encoded = (command: Command, number: number, session = 7) => {
      const bytes = Buffer.alloc(MAX_COMMAND_LENGTH);
      return bytes.subarray(0, encodeCommand({ ...command, session, sessionSequence: number }, bytes, 0));
    };
    const send = (commands: Buffer[]) => {
      const bytes = Buffer.concat(commands);
      const frame = newFrame(FrameType.COMMANDS, bytes.length);
      frame.set(bytes, FRAME_HEADER);
      raw.socket.write(frame);
    };
    const buy = (number: number) => limitOrder(2, Side.BUY, 100, 1, START_TIME + 1000, BigInt(number));
    send(Array.from({ length: 14 }, (_, n) => encoded(n === 13 ? cancelOrder(2, 3n, START_TIME + 1000) : buy(n + 1), n + 1)));
    const answers: [number, number, number][] = [];
    await until(() => {
      answers.length = 0;
      for (const { type, body } of raw.received) {
        if (type === FrameType.REFUSED) answers.push([Number(body.readBigUInt64LE()), -body[8], body.readUInt32LE(12)]);
        else if (type === FrameType.RESULTS) {
          visitResults(type, body, 0, body.length, (number, sequence, _epoch, countsAt) =>
            answers.push([number, sequence, body.readUInt32LE(countsAt)]),
          );
        }
      }
      return answers.length === 14;
    });
    const refused = (reason: RefusalReason) => answers.filter(([, given]) => given === -reason);
    deepStrictEqual(
      answers.filter(([, given]) => given < 0).map(([number]) => number),
      [4, 5, 9, 13],
    );
    deepStrictEqual(refused(RefusalReason.TOO_MANY_ORDERS), [[13, -RefusalReason.TOO_MANY_ORDERS, 10]]);
    deepStrictEqual(
      answers.filter(([, given]) => given > 0),
      [1, 2, 3, 6, 7, 8, 10, 11, 12, 14].map((number, n) => [number, 11 + n, Math.min(n + 1, 9)]),
    );

    const cancels = [20, 21].map((number) => encoded(cancelOrder(2, BigInt(number), START_TIME + 1000), number));
    send([...cancels, encoded(buy(22), 22, 8), encoded(cancelOrder(2, 1n, START_TIME), 23)]);
    match(await raw.logout(), /a command is of session 8, the logon was of 7/);
    strictEqual(shard.entered, 22, "those before the fault are entered");
  });

  it("hands commands to the disk while more are read", async () => {
    const { enterAll, flush } = shard;
    let entered = 0;
    let most = 0;
    shard.enterAll = (bytes, start, end, counts, place) => {
      const next = enterAll.call(shard, bytes, start, end, counts, place);
      entered += next - start;
      most = Math.max(most, entered);
      return next;
    };
    shard.flush = () => {
      entered = 0;
      flush.call(shard);
    };
    const remote = await join7({ maxOutstanding: 8000 });
    const results = await Promise.all(Array.from({ length: 8000 }, (_, n) => remote.submit(order(n, 1 + (n % 2)))));
    strictEqual(results.at(-1)?.position.sequence, 8010);
    ok(most > 65_536 / 2, `${most} bytes of commands were entered at once`);
    ok(most <= 3 * 65_536, `${most} bytes of commands were entered without a word to the disk`);
    await remote.close();
  });

  it("applies a command once when the connection is lost before its result", async () => {
    const proxy = await cuttingProxy(server.port);
    const remote = await connectShard({ connect: { host: "127.0.0.1", port: proxy.port }, keyId, privateKey, session: 7 });
    proxy.swallowAnswers();
    const pending = Promise.all(Array.from({ length: 20 }, (_, n) => remote.submit(order(n))));
    await until(() => shard.position.sequence >= 30);
    proxy.cut();
    const results = await pending;
    deepStrictEqual(
      results.map(({ position }) => position.sequence),
      Array.from({ length: 20 }, (_, n) => 11 + n),
      "the first results",
    );
    deepStrictEqual(
      results[0].events.map(({ kind }) => kind),
      ["orderAccepted", "balanceChanged", "levelChanged"],
    );
    await remote.close();
    proxy.close();
  });

  it("resumes events where they ended", async () => {
    const proxy = await cuttingProxy(server.port);
    const remote = await connectShard({ connect: { host: "127.0.0.1", port: proxy.port }, keyId, privateKey, session: 7 });
    const sequences: number[] = [];
    await remote.subscribe({ shard: 3, epoch: 1, sequence: 10 }, ({ first, last }) => {
      for (let sequence = first.sequence; sequence <= last.sequence; sequence++) sequences.push(sequence);
    });
    for (let n = 0; n < 60; n++) {
      await shard.submit(order(n));
      if (n % 20 === 10) proxy.cut();
    }
    await until(() => sequences.length >= 60);
    deepStrictEqual(
      sequences,
      Array.from({ length: 60 }, (_, n) => 11 + n),
    );
    await remote.close();
    proxy.close();
  });

  it("lets nobody in without the key, for a session or for an account that is not theirs", async () => {
    const other = generateKeyPairSync("ed25519");
    await rejects(join7({ privateKey: other.privateKey }), /the key is unknown or the signature is wrong/);
    await rejects(join7({ keyId: "nobody" }), /the key is unknown or the signature is wrong/);
    await rejects(join7({ session: 9 }), /the key may not use session 9/);
    client = { ...member, accounts: new Set([1]) };
    const remote = await join7();
    await remote.submit(order(0, 1));
    await rejects(remote.submit(order(1, 2)), /the key may not act for account 2/);
    strictEqual(shard.position.sequence, 11, "nothing of account 2 was logged");
    await remote.close();
  });

  it("ends a connection that breaks the protocol, tells it why, and serves the others", async () => {
    const healthy = await join7();
    const logon = async () => {
      const raw = await rawConnection(server.port);
      await raw.logon(8);
      return raw;
    };
    const command = (fill: (frame: Buffer) => void, bytes = 64) => {
      const frame = newFrame(FrameType.COMMANDS, bytes);
      frame.writeUInt16LE(bytes, FRAME_HEADER);
      frame.writeUInt32LE(8, FRAME_HEADER + 16);
      frame.writeUInt32LE(1, FRAME_HEADER + 24);
      fill(frame);
      return frame;
    };
    const cases: [string, (raw: Awaited<ReturnType<typeof rawConnection>>) => Buffer, RegExp][] = [
      ["a frame that is too long", () => Buffer.from([255, 255, 255, 0, 4, 1, 0, 0]), /a frame says it has 16777215 bytes/],
      ["a frame of an odd length", () => Buffer.from([9, 0, 0, 0, 4, 1, 0, 0]), /a frame says it has 9 bytes/],
      ["another protocol version", () => Buffer.from([8, 0, 0, 0, 9, 2, 0, 0]), /protocol version 2/],
      ["an unknown frame type", () => Buffer.from([8, 0, 0, 0, 99, 1, 0, 0]), /cannot send frames of type 99/],
      ["an unknown command", () => command((frame) => frame.writeUInt8(200, FRAME_HEADER + 2)), /layout version is 0|no command/],
      [
        "a command that is longer than its frame",
        () => command((frame) => frame.writeUInt16LE(128, FRAME_HEADER)),
        /a command of 128 bytes was announced, 64 are left/,
      ],
      [
        "a command of another session",
        () => command((frame) => frame.writeUInt32LE(7, FRAME_HEADER + 16)),
        /of session 7, the logon was of 8/,
      ],
      ["a second logon", () => newFrame(FrameType.LOGON, 72), /has logged on already/],
      ["a trace of another length", () => newFrame(FrameType.TRACE, 24), /a trace has 32 bytes, not 24/],
    ];
    for (const [what, frame, expected] of cases) {
      const raw = await logon();
      raw.socket.write(frame(raw));
      match(await raw.logout(), expected, what);
    }
    const early = await rawConnection(server.port);
    early.socket.write(newFrame(FrameType.COMMANDS, 0));
    match(await early.logout(), /the first frame must be a logon/);
    strictEqual(shard.position.sequence, 10, "nothing was logged");
    strictEqual((await healthy.submit(order(1))).position.sequence, 11);
    await healthy.close();
  });

  it("is told which commands are traced by services of the house alone, and takes others' commands as ever", async () => {
    const span = startSpan("of a test, sent nowhere", {});
    const house = await join7();
    strictEqual((await house.submit(order(1), span)).position.sequence, 11);
    await house.close();
    client = { ...member, readsEvents: false };
    const stranger = await join7();
    strictEqual((await stranger.submit(order(2), span)).position.sequence, 12);
    await stranger.close();
    const raw = await rawConnection(server.port);
    await raw.logon(8);
    raw.socket.write(newFrame(FrameType.TRACE, 32));
    match(await raw.logout(), /the key may not name traces/);
  });

  it("goes on when commands that were said to be traced never come", async () => {
    const house = await rawConnection(server.port);
    await house.logon(8);
    for (let number = 1; number <= 1_000; number++) {
      const frame = newFrame(FrameType.TRACE, 32);
      frame.writeBigUInt64LE(BigInt(number), FRAME_HEADER);
      house.socket.write(frame);
    }
    const other = await join7();
    strictEqual((await other.submit(order(1))).position.sequence, 11);
    await other.close();
    house.socket.destroy();
  });

  it("survives frames of random bytes", async () => {
    const random = new Random(1);
    for (let round = 0; round < 30; round++) {
      const raw = await rawConnection(server.port);
      await raw.logon(8);
      const noise = Buffer.from(Array.from({ length: 400 }, () => random.integer(256)));
      if (round % 2) {
        noise.writeUInt32LE(400, 0);
        noise.set([4, 1, 0, 0], 4);
      }
      raw.socket.write(noise);
      await raw.closed;
    }
    const remote = await join7();
    strictEqual((await remote.submit(order(1))).position.sequence, 11);
    await remote.close();
  });

  it("cuts off a reader that is too slow, and never waits for it", async () => {
    await server.close();
    server = await serve({ maxBacklogBytes: 1 << 20 });
    const slow = await rawConnection(server.port);
    await slow.logon(8);
    const subscribe = newFrame(FrameType.SUBSCRIBE, 16);
    subscribe.writeUInt32LE(3, FRAME_HEADER);
    slow.socket.write(subscribe);
    slow.socket.pause();
    const quick = await join7();
    // As long as it takes to fill the buffers of this system and then the backlog.
    const bytes = Buffer.alloc(MAX_COMMAND_LENGTH);
    while (server.connections > 1) {
      for (let n = 0; n < 5000; n++) {
        encodeCommand(order(n), bytes, 0);
        shard.enter(bytes, 0);
      }
      await quick.submit(order(0));
    }
    await quick.close();
    slow.socket.destroy();
  });

  it("ends a connection that is silent", async () => {
    await server.close();
    server = await serve({ logonMs: 60 });
    const mute = await rawConnection(server.port);
    match(await mute.logout(), /nobody logged on within 60 ms/);
    await server.close();
    server = await serve({ heartbeatMs: 40 });
    const alive = await join7();
    const silent = await rawConnection(server.port);
    await silent.logon(8);
    match(await silent.logout(), /nothing was heard for 120 ms/);
    await until(() => server.connections === 1);
    strictEqual((await alive.submit(order(1))).position.sequence, 11, "heartbeats have kept the other connection");
    await alive.close();
  });

  it("is left by a client that no longer hears it, and found again", async () => {
    await server.close();
    server = await serve({ heartbeatMs: 40 });
    const proxy = await cuttingProxy(server.port);
    const remote = await connectShard({ connect: { host: "127.0.0.1", port: proxy.port }, keyId, privateKey, session: 7 });
    proxy.swallowAnswers();
    const result = remote.submit(order(0));
    await until(() => !remote.connected);
    proxy.hearAgain();
    strictEqual((await result).position.sequence, 11);
    await remote.close();
    proxy.close();
  });

  it("gives a session to its newest connection", async () => {
    const first = await rawConnection(server.port);
    await first.logon(7);
    const second = await join7();
    match(await first.logout(), /logged on from another connection/);
    await second.submit(order(1));
    await second.close();
  });

  it("works over a local socket", async () => {
    await server.close();
    const path = join(folder, "shard.sock");
    server = await serve({ listen: { path } });
    const remote = await connectShard({ connect: { path }, keyId, privateKey, session: 7 });
    strictEqual((await remote.submit(limitOrder(1, Side.BUY, 1, 1, START_TIME))).position.sequence, 11);
    await remote.close();
  });

  it("refuses to listen off the loopback without TLS, and speaks TLS 1.3 with it", async () => {
    await rejects(serve({ listen: { host: "0.0.0.0", port: 0 } }), /0\.0\.0\.0 is not the loopback: order entry needs TLS/);
    await server.close();
    const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
        ...subject,
        "-keyout",
        keyFile,
        "-out",
        certFile,
      ],
      { stdio: "ignore" },
    );
    const cert = readFileSync(certFile);
    const tls = { key: readFileSync(keyFile), cert };
    server = await serve({ tls });
    const remote = await connectShard({ connect: to(), tls: { ca: cert, servername: "localhost" }, keyId, privateKey, session: 7 });
    strictEqual((await remote.submit(order(1))).position.sequence, 11);
    await remote.close();
    await server.close();
    server = await serve({ tls, logonMs: 100 });
    await rejects(join7(), ShardUnavailable, "a client without TLS");
  });

  it("tells who logs on by a certificate of the authority, with a key that it does not know", async () => {
    await server.close();
    const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const names = ["-subj", "/CN=gateway", "-addext", "subjectAltName=DNS:gateway"];
    const made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", ...names];
    execFileSync("openssl", [...made, "-keyout", keyFile, "-out", certFile], { stdio: "ignore" });
    const own = { key: readFileSync(keyFile), cert: readFileSync(certFile) };
    const shown: (string | undefined)[] = [];
    const findClient: ShardServerOptions["findClient"] = (_id, _address, certificate) => {
      shown.push(certificate?.subjectAltName);
      return certificate && { ...member, publicKey: "certificate" };
    };
    const tls = { ca: own.cert, servername: "gateway" };
    server = await serve({ tls: { ...own, ca: own.cert, requestCert: true, rejectUnauthorized: true }, findClient });
    const remote = await join7({ tls: { ...tls, ...own }, keyId: "another", privateKey: generateKeyPairSync("ed25519").privateKey });
    strictEqual((await remote.submit(order(1))).position.sequence, 11);
    await remote.close();
    await rejects(join7({ tls }), ShardUnavailable, "without a certificate there is no connection");
    await server.close();
    // Where certificates are asked for and any is taken, one of no authority tells nothing.
    server = await serve({ tls: { ...own, requestCert: true, rejectUnauthorized: false }, findClient, logonMs: 1000 });
    await rejects(join7({ tls: { ...tls, ...own } }), /the key is unknown/);
    deepStrictEqual(shown, ["DNS:gateway", undefined]);
  });
});

/** A connection that speaks frames by hand. */
async function rawConnection(port: number) {
  const socket = connect(port, "127.0.0.1");
  const frames = new FrameReader(1 << 28);
  const received: { type: FrameType; body: Buffer }[] = [];
  let wake = () => {};
  socket.on("data", (chunk: Buffer) => {
    frames.push(chunk, (type, bytes, start, end) => received.push({ type, body: Buffer.from(bytes.subarray(start + FRAME_HEADER, end)) }));
    wake();
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  closed.then(() => wake());
  const frame = async (wanted: FrameType): Promise<Buffer> => {
    for (;;) {
      const found = received.find(({ type }) => type === wanted);
      if (found) return found.body;
      if (socket.destroyed) throw new Error(`the connection ended without a frame of type ${wanted}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    socket,
    closed,
    frame,
    received,
    types: () => received.map(({ type }) => type),
    /** What came since the last call. */
    take: () => received.splice(0),
    async logon(session: number, takes = 0) {
      const signature = sign(null, logonMessage(await frame(FrameType.CHALLENGE), keyId, session), privateKey);
      const logon = newFrame(FrameType.LOGON, 8 + padded(keyId.length) + 64);
      logon.writeUInt32LE(session, FRAME_HEADER);
      logon.writeUInt16LE(keyId.length, FRAME_HEADER + 4);
      logon.writeUInt16LE(takes, FRAME_HEADER + 6);
      logon.write(keyId, FRAME_HEADER + 8);
      logon.set(signature, logon.length - 64);
      socket.write(logon);
      await frame(FrameType.ACCEPTED);
    },
    async logout() {
      return (await frame(FrameType.LOGOUT)).toString("latin1");
    },
  };
}

/** Sits between client and server, loses answers and cuts connections. */
async function cuttingProxy(port: number) {
  const open = new Set<Socket>();
  let swallow = false;
  const proxy = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        near.destroy();
        far.destroy();
        open.delete(socket);
      });
    }
    near.on("data", (chunk) => far.write(chunk));
    far.on("data", (chunk) => {
      if (!swallow) near.write(chunk);
    });
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const address = proxy.address();
  const cut = () => {
    swallow = false;
    for (const socket of open) socket.destroy();
  };
  return {
    port: typeof address === "object" && address ? address.port : 0,
    swallowAnswers: () => {
      swallow = true;
    },
    hearAgain: () => {
      swallow = false;
    },
    cut,
    close: () => {
      cut();
      proxy.close();
    },
  };
}
