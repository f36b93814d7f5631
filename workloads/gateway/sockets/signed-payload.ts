/** What the signature of a WebSocket API request is over: all other parameters as `name=value`, sorted by name (web-socket-api.md). */

/** A JSON scalar is checked, and signed, as its text. */
export const parameterText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

/** Text that is the same in one byte a character and in UTF-8. */
const plainText = /^[ -~]*$/;

/** Payloads of one client, which sends the same names in the same order again and again: they are sorted once. */
export class SignedPayloads {
  private names: string[] = [];
  /** Each name with what stands before its value. */
  private sorted: { name: string; head: string }[] = [];

  /** One character a byte. */
  of(params: Record<string, unknown>): string {
    this.sort(Object.keys(params));
    let payload = "";
    for (const { name, head } of this.sorted) {
      const value = params[name];
      if (value !== null && value !== undefined) payload += head + parameterText(value);
    }
    payload = payload.slice(1);
    return plainText.test(payload) ? payload : Buffer.from(payload, "utf8").toString("latin1");
  }

  private sort(names: string[]): void {
    let same = 0;
    while (same < names.length && names[same] === this.names[same]) same++;
    if (same === names.length && same === this.names.length) return;
    this.names = names;
    const signed = names.filter((name) => name !== "signature").sort();
    this.sorted = signed.map((name) => ({ name, head: `&${name}=` }));
  }
}
