export type { Consumer, Message, Queue } from "./port";
export { openRabbitQueue, type RabbitQueueOptions } from "./rabbitmq";
export { openSqlQueue, type SqlQueueOptions } from "./sql";
export { openSqsQueue, type SqsQueueOptions } from "./sqs";
