export { openFileSecrets } from "./files";
export type { Secrets } from "./port";
