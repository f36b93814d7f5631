/** The files of the log: their names, their headers and their order. Another process may be writing them. */

import { JournalCorrupt } from "./faults";
import { type FileSystem, inFolder, systemErrorCode } from "./file-system";
import { FORMAT_VERSION, frameOf, readSegmentHeader, SECTOR, type SegmentHeader } from "./layout";

const SEGMENT_NAME = /^segment-(\d{10})\.log$/;
export const segmentName = (index: number): string => `segment-${String(index).padStart(10, "0")}.log`;

/** Paths of the log's files, in its order. */
export function logFiles(fileSystem: FileSystem, folder: string): string[] {
  return fileSystem
    .list(folder)
    .filter((name) => SEGMENT_NAME.test(name))
    .map((name) => inFolder(folder, name));
}

/** Times that something is read again which another process may be writing. */
export const TRIES = 10;
/** Milliseconds between them. */
export const TRY_MS = 10;

/** A file of the log. `header` is undefined while the file is prepared for later use, or is the one that a crash interrupted. */
export interface Segment {
  index: number;
  path: string;
  size: number;
  header: SegmentHeader | undefined;
}

/** All files of the log in order. Throws {@link JournalCorrupt} when one is missing, damaged, of another shard or a later format. */
export function listSegments(fileSystem: FileSystem, folder: string, shard?: number): Segment[] {
  for (let tries = 0; ; tries++) {
    try {
      return readHeaders(fileSystem, folder, shard);
    } catch (error) {
      // A shard that runs in the folder may have dropped a file, or given up preparing one, since its name was read.
      if (systemErrorCode(error) !== "ENOENT" || tries === TRIES) throw error;
    }
  }
}

function readHeaders(fileSystem: FileSystem, folder: string, shard: number | undefined): Segment[] {
  const segments: Segment[] = [];
  const sector = frameOf(new ArrayBuffer(SECTOR));
  for (const name of fileSystem.list(folder)) {
    const match = SEGMENT_NAME.exec(name);
    if (!match) continue;
    const index = Number(match[1]);
    const path = inFolder(folder, name);
    const previous = segments.at(-1);
    if (previous && previous.index + 1 !== index)
      throw new JournalCorrupt(path, 0, `${segmentName(previous.index + 1)} before it is missing`);
    const file = fileSystem.open(path, "read");
    try {
      const size = file.size();
      const read = () => {
        sector.bytes.fill(0);
        file.read(sector.bytes, 0, SECTOR, 0);
        return readSegmentHeader(sector);
      };
      let header = read();
      for (let tries = 0; header === "invalid" && fileSystem.pause && tries < TRIES; tries++) {
        fileSystem.pause(TRY_MS);
        header = read();
      }
      if (header === "invalid") throw new JournalCorrupt(path, 0, "the segment header is damaged");
      if (header !== "zero") checkHeader(path, size, header, index, shard, previous);
      segments.push({ index, path, size, header: header === "zero" ? undefined : header });
    } finally {
      file.close();
    }
  }
  return segments;
}

function checkHeader(
  path: string,
  size: number,
  header: SegmentHeader,
  index: number,
  shard: number | undefined,
  previous: Segment | undefined,
): void {
  if (header.version > FORMAT_VERSION)
    throw new JournalCorrupt(path, 8, `it has format ${header.version}, this program reads up to ${FORMAT_VERSION}`);
  if (header.index !== index) throw new JournalCorrupt(path, 0, `it is segment ${header.index} under another name`);
  if (shard !== undefined && header.shard !== shard) throw new JournalCorrupt(path, 0, `it belongs to shard ${header.shard}, not ${shard}`);
  if (header.segmentBytes !== size) throw new JournalCorrupt(path, size, `it has ${size} of ${header.segmentBytes} bytes`);
  if (previous && !previous.header) throw new JournalCorrupt(previous.path, 0, "its header is missing, but later segments are in use");
}
