/** The RabbitMQ queue adapter: Amazon MQ, or any broker from 3.10 on. Quorum queues, so that a message survives the loss of a node. */

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect, type GetMessage } from "amqplib";
import { traceparent } from "../../process/spans";
import { type Consumer, checkBody, type Message, type Queue } from "./port";

export interface RabbitQueueOptions {
  /** amqps://user:password@host:5671; amqp:// only for a broker on the same machine. */
  url: string;
  name: string;
  /** Deliveries before a message is dead. A queue keeps the number that it was made with. @default 5 */
  attempts?: number;
  /** Milliseconds from a failed delivery to the next, doubled each time; the message is kept meanwhile. @default 1,000 */
  retryMs?: number;
  /** Told of a lost broker; the consumer connects again. */
  onError?: (error: Error) => void;
}

/** Messages that are handled at the same time. */
const CONCURRENCY = 8;
const RECONNECT_MS = 1_000;
/** How often a message is offered to the broker, and the milliseconds before the second time, doubled each time. */
const SEND_ATTEMPTS = 5;
const SEND_RETRY_MS = 50;

class RabbitQueue implements Queue {
  private sender: Promise<Link> | undefined;
  /** Ends when no connection is being opened. */
  private opening: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: RabbitQueueOptions) {}

  /** Resolves when a majority of the brokers has the message on disk. Refusals of the broker, as while a queue elects its leader, are repeated. */
  async send(body: string): Promise<void> {
    checkBody(body);
    const messageId = randomUUID();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.sendOnce(body, messageId);
        return;
      } catch (error) {
        if (attempt === SEND_ATTEMPTS) throw error;
        await pause(SEND_RETRY_MS * 2 ** (attempt - 1));
      }
    }
  }

  private async sendOnce(body: string, messageId: string): Promise<void> {
    this.sender ??= this.open(() => {
      this.sender = undefined;
    });
    const sender = this.sender;
    try {
      const { channel } = await sender;
      await new Promise<void>((resolve, reject) => {
        channel.sendToQueue(
          this.options.name,
          Buffer.from(body),
          { persistent: true, messageId, headers: { traceparent: traceparent() } },
          (error) => (error ? reject(error) : resolve()),
        );
      });
    } catch (error) {
      // A link that failed to open is not kept; one whose connection broke has forgotten itself.
      await sender.catch(() => {
        if (this.sender === sender) this.sender = undefined;
      });
      throw error;
    }
  }

  consume(handler: (message: Message) => Promise<void>): Consumer {
    const running = new Set<Promise<void>>();
    let link: Link | undefined;
    let subscription: string | undefined;
    const stop = new AbortController();
    let connecting: Promise<void>;
    const connectLater = () => {
      if (stop.signal.aborted) return;
      setTimeout(() => {
        connecting = start();
      }, RECONNECT_MS);
    };
    const start = async () => {
      try {
        const opened = await this.open(() => {
          link = undefined;
          connectLater();
        });
        link = opened;
        await opened.channel.prefetch(CONCURRENCY);
        const deliver = (delivery: ConsumeMessage | null) => {
          if (delivery === null || stop.signal.aborted) return;
          const work = this.deliver(opened.channel, delivery, handler, stop.signal).finally(() => running.delete(work));
          running.add(work);
        };
        subscription = (await opened.channel.consume(this.options.name, deliver)).consumerTag;
      } catch (error) {
        this.report(error as Error);
        if (link === undefined) connectLater();
      }
    };
    connecting = start();
    return {
      close: async () => {
        stop.abort();
        await connecting;
        // First, so that what a handler gives back now is not delivered to this consumer again, which would count as an attempt.
        if (subscription !== undefined) await link?.channel.cancel(subscription).catch(() => {});
        await Promise.allSettled(running);
        // What was delivered and not begun goes back to the queue with the connection.
        await link?.connection.close();
      },
    };
  }

  /** Messages stay where they are: taken without an acknowledgement, and given back. */
  async deadLetters(limit: number): Promise<Message[]> {
    const { connection, channel } = await this.open(() => {});
    try {
      const messages: Message[] = [];
      while (messages.length < limit) {
        const dead = await channel.get(deadName(this.options.name));
        if (dead === false) break;
        messages.push(received(dead));
      }
      return messages;
    } finally {
      await connection.close();
    }
  }

  async close(): Promise<void> {
    const sender = await this.sender?.catch(() => undefined);
    await sender?.connection.close();
  }

  /** One after the other: two connections that declare a new quorum queue at once make RabbitMQ 3.10 end one and lose sight of messages. */
  private open(onClose: () => void): Promise<Link> {
    const opened = this.opening.then(() => this.openNow(onClose));
    this.opening = opened.catch(() => {});
    return opened;
  }

  private async openNow(onClose: () => void): Promise<Link> {
    const { url, name, attempts = 5 } = this.options;
    const connection = await connect(url);
    connection.on("error", (error: Error) => this.report(error));
    connection.once("close", onClose);
    const channel = await connection.createConfirmChannel();
    // A fault of the channel ends the connection, which is made anew.
    channel.on("error", (error: Error) => {
      this.report(error);
      connection.close().catch(() => {});
    });
    await channel.assertQueue(deadName(name), { durable: true, arguments: { "x-queue-type": "quorum" } });
    const dead = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": deadName(name) };
    await channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum", "x-delivery-limit": attempts - 1, ...dead } });
    return { connection, channel };
  }

  private async deliver(
    channel: ConfirmChannel,
    delivery: ConsumeMessage,
    handler: (message: Message) => Promise<void>,
    stop: AbortSignal,
  ): Promise<void> {
    const message = received(delivery);
    const done = await handler(message).then(
      () => true,
      () => false,
    );
    const { retryMs = 1_000 } = this.options;
    if (!done) await pause(retryMs * 2 ** (message.attempt - 1), undefined, { signal: stop }).catch(() => {});
    try {
      if (done) channel.ack(delivery);
      else channel.nack(delivery);
    } catch (error) {
      // The channel is gone: the broker delivers the message again, which the port allows.
      this.report(error as Error);
    }
  }

  private report(error: Error): void {
    const { name, onError = console.error } = this.options;
    onError(new Error(`queue ${name}: ${error.message}`, { cause: error }));
  }
}

interface Link {
  connection: ChannelModel;
  channel: ConfirmChannel;
}

function deadName(name: string): string {
  return `${name}.dead`;
}

function received({ content, properties }: ConsumeMessage | GetMessage): Message {
  const returned = Number(properties.headers?.["x-delivery-count"] ?? 0);
  const sender: unknown = properties.headers?.traceparent;
  return {
    id: String(properties.messageId),
    body: content.toString(),
    attempt: returned + 1,
    traceparent: typeof sender === "string" ? sender : undefined,
  };
}

export function openRabbitQueue(options: RabbitQueueOptions): Queue & { close(): Promise<void> } {
  return new RabbitQueue(options);
}
