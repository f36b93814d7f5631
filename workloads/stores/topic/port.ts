/** The topic port: what is published is copied into every queue that is subscribed to it. Who subscribes is composed, not coded. */

export interface Topic {
  /** Resolves once every subscribed queue has it, or the topic will see to it. At least once. */
  publish(body: string): Promise<void>;
}
