/** The bus port: records of many keys for many consumers, in order for each key, kept until each consumer has them. */

export interface BusRecord {
  /** Records of one key keep their order. At most 256 characters. */
  key: string;
  /** At most 1,000,000 bytes (Kinesis takes 1 MiB with the key). May be made when it is first read. */
  readonly data: string;
  /** Bytes that `data` has at most, where that is known without reading it. @default those of `data` */
  readonly mostBytes?: number;
}

export interface BusSubscription {
  /** Stops after the records that are being handled. */
  close(): Promise<void>;
}

export interface Bus {
  /** Resolves once the records are kept. A repeat after a failure may deliver records twice. */
  publish(records: readonly BusRecord[]): Promise<void>;
  /**
   * Delivers every record to each consumer at least once, from where that consumer stopped, one call at a time for each key. What the
   * handler rejects is delivered again.
   */
  subscribe(consumer: string, handler: (records: readonly BusRecord[]) => Promise<void>): Promise<BusSubscription>;
}

export const MAX_RECORD_BYTES = 1_000_000;

/** @throws RangeError on a record that some adapter could not carry */
export function checkRecord(record: BusRecord): void {
  const { key } = record;
  if (key.length === 0 || key.length > 256) throw new RangeError(`bus key: got ${key.length} characters, expected 1 to 256`);
  const bytes = record.mostBytes ?? Buffer.byteLength(record.data);
  if (bytes > MAX_RECORD_BYTES) throw new RangeError(`bus record: got ${bytes} bytes, at most ${MAX_RECORD_BYTES} are allowed`);
}
