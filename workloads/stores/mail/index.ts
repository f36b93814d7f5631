export { openOutbox } from "./outbox";
export type { Mail, Mailer } from "./port";
export { openSes, type SesOptions } from "./ses";
export { openSmtp, type SmtpOptions } from "./smtp";
