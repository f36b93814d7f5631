/**
 * Which server of a cluster connections go to: the one that writes as soon as it answers, else one that reads. A copy of another region's database has readers alone until it is promoted
 * (Aurora guide, "Using Amazon Aurora Global Database").
 */

import { connect } from "node:net";

export interface WriterOrReaderOptions {
  /** Host that answers once the cluster is one that writes. */
  writer: string;
  /** Host that answers before. */
  reader: string;
  port: number;
  /** Milliseconds between two looks at the writer. @default 10,000 */
  everyMs?: number;
}

/** Of one look. */
const CONNECT_MS = 2_000;

export class WriterOrReader {
  #host: string;
  readonly #timer: NodeJS.Timeout;

  /** Looks until {@link close}; a process may end before. */
  constructor(options: WriterOrReaderOptions) {
    const { writer, reader, port, everyMs = 10_000 } = options;
    this.#host = reader;
    let looking = false;
    const look = async () => {
      if (looking) return;
      looking = true;
      this.#host = (await answers(writer, port)) ? writer : reader;
      looking = false;
    };
    this.#timer = setInterval(look, everyMs);
    this.#timer.unref();
    void look();
  }

  /** For the next connection. */
  get host(): string {
    return this.#host;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MS });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on("connect", () => end(true))
      .on("error", () => end(false))
      .on("timeout", () => end(false));
  });
}
