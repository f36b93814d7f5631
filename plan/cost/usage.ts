/** Assumed monthly usage of what is billed by use, worked out from the load that the stack is sized for. */

import { type Load, recordBytes } from "../../components/capacity";

/** Hours of a month as AWS's own calculator counts them. */
export const hoursAMonth = 730;
const secondsAMonth = hoursAMonth * 3_600;

/** A monthly quantity and how it was worked out. */
export interface Usage {
  quantity: number;
  assumption: string;
}

/** Averages over a month: the sustained rates for trading, and for reads the peak in the same proportion. */
export class MonthlyUsage {
  private readonly meanShare: number;

  constructor(
    private readonly load: Load,
    /** Zones that zonal traffic is spread over. */
    private readonly zones = 3,
  ) {
    this.meanShare = load.orders / load.peakOrders;
  }

  /** Requests answered by the content network, in millions. */
  cachedRequests(): Usage {
    const rate = this.load.edgeRequests * this.load.cacheableShare * this.meanShare;
    return { quantity: (rate * secondsAMonth) / 1e6, assumption: `${shown(rate)} cacheable requests/s on average` };
  }

  /** Bytes out of the content network, in GB. */
  cachedBytes(): Usage {
    const requests = this.cachedRequests();
    return { quantity: (requests.quantity * 1e6 * 1_000) / 1e9, assumption: `${requests.assumption}, 1 KB each` };
  }

  /** Requests that reach a region, in millions. */
  uncachedRequests(): Usage {
    const rate = this.load.edgeRequests * (1 - this.load.cacheableShare) * this.meanShare;
    return { quantity: (rate * secondsAMonth) / 1e6, assumption: `${shown(rate)} uncacheable requests/s on average` };
  }

  /** Requests to the account API, in millions. */
  accountRequests(): Usage {
    const rate = (this.load.users * 0.25 * 3) / 86_400;
    return {
      quantity: (rate * secondsAMonth) / 1e6,
      assumption: `${shown(rate)} account requests/s: a quarter of the users daily, three each`,
    };
  }

  /** Load balancer capacity units of HTTP traffic, on average. */
  applicationUnits(): Usage {
    const rate = this.load.edgeRequests * (1 - this.load.cacheableShare) * this.meanShare;
    return { quantity: Math.max(1, rate / 270), assumption: `${shown(rate)} requests/s on average, 270 a unit` };
  }

  /** Load balancer capacity units of sockets, on average. */
  networkUnits(): Usage {
    const sockets = this.load.sockets * this.meanShare;
    return { quantity: Math.max(1, sockets / 3_000), assumption: `${shown(sockets)} TLS sockets on average, 3,000 a unit` };
  }

  /** Writes of a table, in millions of write units. */
  writeUnits(table: TableRole): Usage {
    const rate = { history: this.eventBytes() / 1_024, session: this.load.users / 86_400, other: 100 }[table];
    return { quantity: (rate * secondsAMonth) / 1e6, assumption: tableAssumption(table, "write units", rate) };
  }

  /** Reads of a table, in millions of read units. */
  readUnits(table: TableRole): Usage {
    const rate = { history: (this.load.signedReads * this.meanShare) / 4 / 2, session: (this.load.users * 2) / 86_400, other: 100 }[table];
    return { quantity: (rate * secondsAMonth) / 1e6, assumption: tableAssumption(table, "read units", rate) };
  }

  /** Size of a table after a month, in GB. */
  tableBytes(table: TableRole): Usage {
    const bytes = { history: this.eventBytes() * secondsAMonth, session: this.load.users * 0.1 * recordBytes.session, other: 10e9 }[table];
    const kept = { history: "one month of order states and fills", session: "sessions of 10 % of the users", other: "10 GB" }[table];
    return { quantity: bytes / 1e9, assumption: kept };
  }

  /** Bytes into one event stream, in GB; a third of all events each for want of its name. */
  streamBytes(): Usage {
    const rate = this.eventBytes() / 3;
    return { quantity: (rate * secondsAMonth) / 1e9, assumption: `a third of ${shown(this.eventBytes() / 1e6)} MB/s of events` };
  }

  /** Rows of users and netted movements, in GB. */
  databaseBytes(): Usage {
    return {
      quantity: (this.load.users * recordBytes.user) / 1e9,
      assumption: `${shown(this.load.users)} users of ${recordBytes.user} bytes`,
    };
  }

  /** Outgoing traffic of one NAT gateway, in GB. */
  natBytes(): Usage {
    return { quantity: 1_000 / this.zones, assumption: "1,000 GB of software downloads and calls to outside services, over all zones" };
  }

  /**
   * Traffic from the region that leads to one that joins it, in GB: the log to each copy of it, and what the shard settled to each process that follows it. Orders, which go the other way, weigh as much as one copy.
   */
  regionBytes({ copies, followers }: { copies: number; followers: number }): Usage {
    const log = (copies + 1) * this.load.orders * recordBytes.command;
    const rate = log + followers * this.eventBytes();
    const each = `${shown(this.eventBytes() / 1e6)} MB/s to each of ${followers} processes that follow the shard, ${shown(log / 1e6)} MB/s of commands to ${copies} copies of its log and back`;
    return { quantity: (rate * secondsAMonth) / 1e9, assumption: each };
  }

  /** Traffic of one interface endpoint, in GB. */
  endpointBytes(): Usage {
    return { quantity: 100, assumption: "100 GB" };
  }

  /** Logs of one log group, in GB. */
  logBytes(): Usage {
    return { quantity: 50, assumption: "50 GB; the hot path writes no log line for an order" };
  }

  /** Objects of one bucket, in GB. */
  bucketBytes(): Usage {
    return { quantity: 1_000, assumption: "1,000 GB" };
  }

  /** Requests of one queue or topic, in millions. */
  messageRequests(): Usage {
    const rate = (this.load.users * 0.01) / 86_400;
    return { quantity: (rate * secondsAMonth) / 1e6, assumption: `${shown(rate)} messages/s: one notice a day to 1 % of the users` };
  }

  /** Requests of one key, in millions. */
  keyRequests(): Usage {
    return { quantity: 10, assumption: "10 million requests; data keys are cached" };
  }

  private eventBytes(): number {
    return this.load.orders * (recordBytes.orderState + 2 * this.load.fillsPerOrder * recordBytes.fill);
  }
}

/** What a table holds, as far as its usage goes. */
export type TableRole = "history" | "session" | "other";

/** The role in a table's name; `other` when it tells none. */
export function tableRole(name: string): TableRole {
  if (/histor|trade|fill|order/i.test(name)) return "history";
  if (/session|token/i.test(name)) return "session";
  return "other";
}

function tableAssumption(table: TableRole, unit: string, rate: number): string {
  const of = { history: "order states and fills", session: "sign-ins of the users once a day", other: "a small table" }[table];
  return `${shown(rate)} ${unit}/s: ${of}`;
}

function shown(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: value < 10 ? 2 : 0 });
}
