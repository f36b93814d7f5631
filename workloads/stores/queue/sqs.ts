/** The SQS queue adapter. The queue and its redrive policy to a dead-letter queue are made by the platform. */

import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
  type Message as SqsMessage,
} from "@aws-sdk/client-sqs";
import { traceparent } from "../../process/spans";
import { type Consumer, checkBody, type Message, type Queue } from "./port";

export interface SqsQueueOptions {
  url: string;
  deadLetterUrl: string;
  /** Seconds from a failed delivery to the next, doubled each time. @default 1 */
  retrySeconds?: number;
  /** Seconds to wait for messages in one call, at most 20: long polling saves calls, and a consumer that is closed waits for the call in hand. @default 5 */
  waitSeconds?: number;
  /** Region, endpoint, credentials; by default as everywhere in the AWS SDK. */
  client?: SQSClientConfig;
  /** Told when SQS cannot be reached; it is tried again. */
  onError?: (error: Error) => void;
}

/** Seconds for which a message is ours, extended at half of it while its handler runs. */
const VISIBILITY_SECONDS = 30;
/** The most SQS hands out in one call. */
const BATCH = 10;
const ERROR_PAUSE_MS = 1_000;

class SqsQueue implements Queue {
  private readonly client: SQSClient;

  constructor(private readonly options: SqsQueueOptions) {
    this.client = new SQSClient(options.client ?? {});
  }

  async send(body: string): Promise<void> {
    checkBody(body);
    const command = { QueueUrl: this.options.url, MessageBody: body, MessageAttributes: traceAttributes() };
    await this.client.send(new SendMessageCommand(command));
  }

  consume(handler: (message: Message) => Promise<void>): Consumer {
    let closed = false;
    const finished = this.work(handler, () => closed);
    return {
      close: () => {
        closed = true;
        return finished;
      },
    };
  }

  /** Messages stay where they are: looked at without taking them. */
  async deadLetters(limit: number): Promise<Message[]> {
    const { deadLetterUrl } = this.options;
    const count = { MaxNumberOfMessages: Math.min(limit, BATCH), VisibilityTimeout: 0 };
    const { Messages = [] } = await this.client.send(
      new ReceiveMessageCommand({ QueueUrl: deadLetterUrl, ...count, MessageSystemAttributeNames: ["ApproximateReceiveCount"] }),
    );
    return Messages.map(received);
  }

  private async work(handler: (message: Message) => Promise<void>, closed: () => boolean): Promise<void> {
    while (!closed()) {
      try {
        // Also what comes after a stop is handled: SQS has counted the delivery, and each one given back would be an attempt less.
        await Promise.all((await this.receive()).map((message) => this.deliver(message, handler)));
      } catch (error) {
        if (closed()) return;
        (this.options.onError ?? console.error)(new Error(`queue ${this.options.url}: ${(error as Error).message}`, { cause: error }));
        await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  /** Not broken off by a stop: what SQS hands to a connection that is gone stays hidden until its time is over. */
  private async receive(): Promise<SqsMessage[]> {
    const { url, waitSeconds = 5 } = this.options;
    const times = { WaitTimeSeconds: waitSeconds, VisibilityTimeout: VISIBILITY_SECONDS };
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: BATCH,
      ...times,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      MessageAttributeNames: ["traceparent"],
    });
    const { Messages = [] } = await this.client.send(command);
    return Messages;
  }

  /** Lets others see the message after so many seconds. */
  private async keep({ ReceiptHandle }: SqsMessage, seconds: number): Promise<void> {
    await this.client.send(new ChangeMessageVisibilityCommand({ QueueUrl: this.options.url, ReceiptHandle, VisibilityTimeout: seconds }));
  }

  private async deliver(message: SqsMessage, handler: (message: Message) => Promise<void>): Promise<void> {
    const { url, retrySeconds = 1 } = this.options;
    // A lost extension means at worst a second delivery, which the port allows.
    const extend = setInterval(() => this.keep(message, VISIBILITY_SECONDS).catch(() => {}), (VISIBILITY_SECONDS / 2) * 1_000);
    const { attempt, ...rest } = received(message);
    try {
      await handler({ attempt, ...rest });
    } catch {
      clearInterval(extend);
      // From here on SQS counts: after the last attempt it moves the message to the dead letters.
      await this.keep(message, Math.floor(retrySeconds * 2 ** (attempt - 1)));
      return;
    } finally {
      clearInterval(extend);
    }
    await this.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
  }
}

function received(message: SqsMessage): Message {
  const attempt = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
  return {
    id: message.MessageId ?? "",
    body: message.Body ?? "",
    attempt,
    traceparent: message.MessageAttributes?.traceparent?.StringValue,
  };
}

/** The trace of the sender as an attribute, of a message of SQS or of SNS. */
export function traceAttributes(): Record<string, { DataType: "String"; StringValue: string }> | undefined {
  const sender = traceparent();
  return sender === undefined ? undefined : { traceparent: { DataType: "String", StringValue: sender } };
}

export function openSqsQueue(options: SqsQueueOptions): Queue {
  return new SqsQueue(options);
}
