export type { Topic } from "./port";
export { topicTo } from "./queues";
