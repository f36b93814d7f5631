export { type DynamoLeadershipOptions, openDynamoLeadership } from "./dynamodb";
export { inProcessLeadership } from "./in-process";
export { anyMemberOf, type Leadership, type LeadershipStore } from "./port";
export { openSqliteLeadership } from "./sqlite";
