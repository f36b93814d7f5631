export { AccountOpener, openAccount } from "./account-opener";
export { CodeRefused, type Confirmations, type ConfirmationsDeps, createConfirmations, TooManyMails } from "./confirmations";
export { createSessions, type Sessions, type SessionsDeps, SignInRefused, TooManySignIns } from "./sessions";
export { createUsers, type RunningUsers, type UsersDeps } from "./users";
