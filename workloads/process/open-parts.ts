/** What has been opened so far, to be closed in the reverse order: a part may need those that were opened before it. */

export interface Closable {
  close(): Promise<void> | void;
}

export class OpenParts implements Closable {
  readonly #parts: Closable[] = [];

  /**
   * Opens several parts as one. When `open` fails, what it has kept is closed before the error is thrown; otherwise the caller closes it, through
   * {@link close}.
   */
  static async opened<Result>(open: (parts: OpenParts) => Promise<Result>): Promise<Result> {
    const parts = new OpenParts();
    try {
      return await open(parts);
    } catch (error) {
      await parts.close();
      throw error;
    }
  }

  keep<Part extends Closable>(part: Part): Part {
    this.#parts.push(part);
    return part;
  }

  /** Closes every part, also when one of them fails; throws the first failure. A second call does nothing. */
  readonly close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      try {
        await part.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
}
