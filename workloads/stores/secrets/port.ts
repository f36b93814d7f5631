/** The secrets port: small values that nothing else may see, such as master keys and passwords. */

export interface Secrets {
  /** The current value, undefined when there is none. */
  read(name: string): Promise<Buffer | undefined>;
  /** Stores a value under a name that has none yet. Returns false, and changes nothing, when it has one: from then on it is read. */
  create(name: string, value: Buffer): Promise<boolean>;
}

/** Names are paths of lower-case words, as Secrets Manager and Parameter Store accept them: "users/master-key". */
export function checkSecretName(name: string): void {
  if (/^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(name)) return;
  throw new TypeError(`secret name: got "${name}", expected lower-case letters, digits and hyphens in parts separated by "/"`);
}
