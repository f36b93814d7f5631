export { crc32c } from "./crc32c";
export { type Group, LogCursor, type LogTail, listSegments, type Segment, type TornTail } from "./cursor";
export { JournalCorrupt, JournalFailed, JournalFull, JournalTooOld, JournalUnusable } from "./faults";
export { FileJournal, type FileJournalOptions } from "./file-journal";
export { type FileSystem, nodeFileSystem, type OpenFile, type OpenMode } from "./file-system";
export { checkFolder, type FolderReport, repairFolder } from "./inspect";
export type { Journal, RecordGroup, Recovery } from "./journal";
export { RECORD_HEADER, RecordKind, type RecordVisitor } from "./layout";
export { type Snapshot, SnapshotStore } from "./snapshots";
