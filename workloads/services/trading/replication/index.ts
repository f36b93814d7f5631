export { codeOfThisProcess, memberOf } from "./identity";
export type { LeaderConnectionOptions } from "./leader-connection";
export { LogCopies, type LogCopiesOptions, type Replication } from "./log-copies";
export { LogCopy } from "./log-copy";
export { Member, type MemberOptions, type Role, startMember } from "./member";
export { Lease, LeaseLost, type LeaseOptions, Term } from "./term";
