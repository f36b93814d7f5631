/** What can be wrong with a journal, each with what was found and how to go on. */

/** The folder cannot be used: missing permission, read-only, locked by another process, or of another shard. Nothing was changed. */
export class JournalUnusable extends Error {
  override readonly name = "JournalUnusable";
}

/** Bytes that were once durable have changed or are missing. `file` and `offset` name the place. Nothing was changed. */
export class JournalCorrupt extends Error {
  override readonly name = "JournalCorrupt";
  constructor(
    readonly file: string,
    readonly offset: number,
    readonly what: string,
  ) {
    super(
      `${file} is corrupt at offset ${offset}: ${what}. Nothing was changed. Restore the file from a copy, or see what is lost with ` +
        "`bourse-exchange journal check` and give it up with `bourse-exchange journal repair`.",
    );
  }
}

/** There is no space for another record: nothing was written, and appending works again once there is space. */
export class JournalFull extends Error {
  override readonly name = "JournalFull";
}

/** A write or a sync failed, so that it is unknown what is on the disk: the journal takes nothing more until it is opened again. */
export class JournalFailed extends Error {
  override readonly name = "JournalFailed";
}

/** What was asked for is no longer kept; the oldest that can be had is `first`. */
export class JournalTooOld extends Error {
  override readonly name = "JournalTooOld";
  constructor(
    readonly asked: number,
    readonly first: number,
  ) {
    super(`sequence ${asked} is no longer kept: the oldest that can be had is ${first}`);
  }
}
