export { createSessions, type Sessions, type SessionsDeps, SignInRefused, TooManySignIns } from "./sessions";
export { createUsers, type RunningUsers, type UsersDeps } from "./users";
