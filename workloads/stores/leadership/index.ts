export { type DynamoLeadershipOptions, openDynamoLeadership } from "./dynamodb";
export { inProcessLeadership } from "./in-process";
export type { Leadership, LeadershipStore } from "./port";
export { openSqliteLeadership } from "./sqlite";
