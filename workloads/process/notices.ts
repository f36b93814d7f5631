/**
 * Notices between processes: the topic that services tell, and the queue that notification works on. RabbitMQ has the queue alone, which whoever tells
 * sends to.
 */

import type { Queue } from "../stores/queue";
import { openRabbitQueue } from "../stores/queue/rabbitmq";
import { openSqsQueue } from "../stores/queue/sqs";
import { openSnsTopic, type Topic, topicTo } from "../stores/topic";
import { type Environment, loopback } from "./environment";
import { asPart, SpanKind } from "./spans";

/** Milliseconds before a notice that could not be mailed is tried again, doubled each time. */
const retryMs = 1_000;
const brokerForm = "amqps://user@host:port/queue with its password in BOURSE_BROKER_PASSWORD_FILE";

type OnError = (error: Error) => void;

/** Reads BOURSE_NOTICE_TOPIC, and for a broker BOURSE_BROKER_PASSWORD_FILE. */
export function readNoticeTopic(environment: Environment): (onError: OnError) => Topic {
  const name = "BOURSE_NOTICE_TOPIC";
  const allowed = `sns:<ARN of the topic>, or ${brokerForm}`;
  const place = environment.text(name, allowed);
  const arn = /^sns:(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+)$/.exec(place)?.[1];
  if (arn !== undefined) return () => traced(openSnsTopic({ arn }));
  const broker = readBroker(environment, name, place, allowed);
  return (onError) => traced(topicTo([broker(onError)]));
}

/** Who works on a notice that was published in a trace does so in that trace. */
function traced(topic: Topic): Topic {
  const start = { kind: SpanKind.PRODUCER, attributes: { "peer.service": "notices" } };
  return { publish: (body) => asPart("publish notice", start, () => topic.publish(body)) };
}

/** Reads BOURSE_NOTICE_QUEUE, for SQS BOURSE_NOTICE_DEAD_LETTERS, and for a broker BOURSE_BROKER_PASSWORD_FILE. */
export function readNoticeQueue(environment: Environment): (onError: OnError) => Queue {
  const name = "BOURSE_NOTICE_QUEUE";
  const allowed = `sqs:<URL of the queue>, or ${brokerForm}`;
  const place = environment.text(name, allowed);
  const url = /^sqs:(https?:\/\/\S+)$/.exec(place)?.[1];
  if (url === undefined) return readBroker(environment, name, place, allowed);
  const deadLetterUrl = environment.text("BOURSE_NOTICE_DEAD_LETTERS", "the URL of the queue's dead-letter queue");
  return (onError) => openSqsQueue({ url, deadLetterUrl, onError });
}

function readBroker(environment: Environment, name: string, place: string, allowed: string): (onError: OnError) => Queue {
  const url = URL.parse(place);
  const queue = url?.pathname.slice(1) ?? "";
  const local = url?.protocol === "amqp:" && loopback.includes(url.hostname);
  const valid = (url?.protocol === "amqps:" || local) && url.username !== "" && url.password === "" && /^[a-z0-9.-]{1,200}$/.test(queue);
  if (!valid) {
    if (place !== "") environment.secretFault(name, allowed);
    return () => {
      throw new Error(`${name} must be ${allowed}`);
    };
  }
  const password = environment
    .file("BOURSE_BROKER_PASSWORD_FILE", "a file with the password of the broker's user")
    .toString("utf8")
    .trimEnd();
  const address = new URL(place);
  address.pathname = "";
  address.password = password;
  return (onError) => openRabbitQueue({ url: address.href, name: queue, retryMs, onError });
}
