/**
 * The authorizer as a Lambda function from the container image. A composition root: it alone in this folder chooses adapters.
 *
 *   AWS_LAMBDA_RUNTIME_API   host:port of the runtime API; Lambda sets it
 *   BOURSE_SQL_URL           the users: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of the function's role for each connection to Aurora (default: password)
 *   BOURSE_SECRETS           absolute folder of the secrets, or secrets-manager:<prefix>
 *   BOURSE_ORIGIN_SECRET     values of the origin header: ARN of a secret of Secrets Manager, or file:/absolute/path with one a line
 *   BOURSE_TRUSTED_PROXIES   proxies that add to X-Forwarded-For (default: 2, CloudFront and API Gateway)
 */

import { Environment } from "../../process/environment";
import { readSecrets } from "../../process/secrets";
import { readDatabase } from "../../process/sql";
import { createUsers } from "../../services/users";
import { reportError, runFunction } from "../runtime";
import { createAuthorizer } from "./authorizer";
import { readOriginValues } from "./origin-values";

runFunction(async () => {
  const environment = new Environment(process.env);
  const openDatabase = readDatabase(environment);
  const openSecrets = readSecrets(environment);
  const openOrigins = readOriginValues(environment);
  const trustedProxies = environment.integer("BOURSE_TRUSTED_PROXIES", 0, 10, 2);
  environment.check();
  const secrets = openSecrets();
  const users = await createUsers({ sql: openDatabase(reportError), secrets, onError: reportError });
  return createAuthorizer({ users, origins: openOrigins(), trustedProxies });
});
