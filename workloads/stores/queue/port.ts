/** The queue port: work that is done at least once, by one of the workers, and put aside when it fails again and again. */

export interface Message {
  /** The same for every delivery of one message. */
  id: string;
  body: string;
  /** 1 for the first delivery. */
  attempt: number;
  /** `traceparent` of who sent it, in whose trace it is worked on. @default it was not traced */
  traceparent?: string;
}

export interface Consumer {
  /** Stops asking for messages, and waits for the handlers that run and for those of messages that are already on the way to this consumer. */
  close(): Promise<void>;
}

export interface Queue {
  /** Resolves once the message is stored. Bodies are text of at most 256 KiB (the limit of SQS). */
  send(body: string): Promise<void>;
  /**
   * Calls the handler for messages, a few at once. A message is done when the handler resolves; when it rejects, or the process dies, it is
   * delivered again later, and after the last attempt moved to the dead letters.
   */
  consume(handler: (message: Message) => Promise<void>): Consumer;
  /** Messages that failed at every attempt, oldest first, for an operator to look at. */
  deadLetters(limit: number): Promise<Message[]>;
}

/** @throws RangeError when a body is too large for every adapter */
export function checkBody(body: string): void {
  const bytes = Buffer.byteLength(body);
  if (bytes > 262_144)
    throw new RangeError(`message: got ${bytes} bytes, at most 262,144 are allowed; store it as a blob and send its name`);
}
