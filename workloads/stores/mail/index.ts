export { openOutbox } from "./outbox";
export type { Mail, Mailer } from "./port";
export { openSmtp, type SmtpOptions } from "./smtp";
