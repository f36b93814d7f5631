import { nothingYet, notice, opening, randomCommands, worlds, random } from "../test/workloads/engine/random-commands";
const N: any = require("../workloads/engine");
const seed = 5247, name = "too little money", world = (worlds as any)[name];
const neu = new N.Exchange({ shard: 3 }), out = new N.EventBuffer(), newest = nothingYet(), stream = randomCommands(seed, world, newest), first = opening(world), next = random(seed);
const log: any[] = []; const b = new Uint8Array(1024);
try { for (let round = 0; round < 30; round++) { const count = 1 + next(round % 7 === 0 ? 600 : 80); next(2); next(9); for (let n = 0; n < count; n++) {
  const command: any = first.shift() ?? stream.next().value; N.encodeCommand(command, b, 0); out.clear(); log.push([command, null]);
  neu.apply(b, 0, 1, neu.lastSequence + 1, out); const ev = [...N.decodeEvents(out.bytes, 0, out.length)]; log[log.length - 1][1] = ev; notice(newest, ev as any); } } } catch (e: any) { console.log(e.message, log.length);
  const core0 = (neu as any).core; const pr = (o: number) => { const { f, i } = core0.memory; const p = i[o * 16 + 11]; const b = i[p * 16 + 2], q = i[p * 16 + 3]; console.log('order', f[o * 8], 'rem', f[o * 8 + 1], 'price', f[o * 8 + 2], 'flags', i[o * 16 + 12].toString(2), 'base', [...f.subarray(b * 8, b * 8 + 4)], 'quote', [...f.subarray(q * 8, q * 8 + 4)], 'openBuys', f[p * 8 + 6], 'orders', i[p * 16 + 7]); let n = i[p * 16 + 15]; while (n !== p) { console.log('   open', f[n * 8], f[n * 8 + 1], f[n*8+2], i[n * 16 + 12].toString(2)); n = i[n * 16 + 15]; } }; pr(2951); console.log([...N.decodeEvents(out.bytes, 0, out.length)].filter((x: any) => !/level/.test(x.kind)).map((x: any) => JSON.stringify(x, (_k, v) => typeof v === 'bigint' ? String(v) : v)).join('\n'));
  const core = (neu as any).core, lists = (neu as any).lists;
  for (const l of lists.lists) if (l) console.log(JSON.stringify(l));
  const J = (x: any) => JSON.stringify(x, (_k, v) => typeof v === "bigint" ? String(v) : v);
  // last list orders of symbol 2
  const ids = new Set<number>(); for (const l of lists.lists) if (l) for (const o of l.orders) if (o) ids.add(core.memory.f[o * 8]);
  for (const [c, ev] of log) { if (ev && ev.some((x: any) => ids.has(x.orderId) || ids.has(x.makerOrderId) || ids.has(x.makerId) || ids.has(x.takerId))) { console.log("CMD", J(c)); for (const x of ev) if (!/balance|level/.test(x.kind)) console.log("   ", J(x)); } }
}
