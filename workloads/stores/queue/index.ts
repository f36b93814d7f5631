export type { Consumer, Message, Queue } from "./port";
export { openSqlQueue, type SqlQueueOptions } from "./sql";
export { openSqsQueue, type SqsQueueOptions } from "./sqs";
