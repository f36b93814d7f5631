export type { Topic } from "./port";
export { topicTo } from "./queues";
export { openSnsTopic, type SnsTopicOptions } from "./sns";
