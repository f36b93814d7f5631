export { openFileSecrets } from "./files";
export type { Secrets } from "./port";
export { openSecretsManager, type SecretsManagerOptions } from "./secrets-manager";
