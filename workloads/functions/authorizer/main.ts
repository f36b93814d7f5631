/**
 * The authorizer as a Lambda function from the container image. A composition root: it alone in this folder chooses adapters.
 *
 *   AWS_LAMBDA_RUNTIME_API   host:port of the runtime API; Lambda sets it
 *   BOURSE_SQL_URL           the users: sqlite:/absolute/file, or postgresql://user@host:port/database
 *   BOURSE_SQL_PASSWORD_FILE path of the password's file, for PostgreSQL; read anew for each connection
 *   BOURSE_SQL_CA_FILE       path of the authority of PostgreSQL's certificate (PEM); needed off the loopback, but not with iam
 *   BOURSE_SQL_SIGN_IN       password, or iam: a token of the function's role for each connection to Aurora (default: password)
 *   BOURSE_ORIGIN_SECRET     values of the origin header: ARN of a secret of Secrets Manager, or file:/absolute/path with one a line
 *   BOURSE_OPEN_ROUTES       routes of a REST API that need no session, with commas between: POST /account/v1/sessions,... (default: none)
 */

import { Environment } from "../../process/environment";
import { readDatabase } from "../../process/sql";
import { createSessions } from "../../services/users";
import { reportError, runFunction } from "../runtime";
import { createAuthorizer } from "./authorizer";
import { readOriginValues } from "./origin-values";

runFunction(async () => {
  const environment = new Environment(process.env);
  const openDatabase = readDatabase(environment);
  const openOrigins = readOriginValues(environment);
  const openRoutes = (environment.optional("BOURSE_OPEN_ROUTES") ?? "").split(",").filter((route) => route !== "");
  environment.check();
  const sessions = await createSessions({ sql: openDatabase(reportError), onError: reportError });
  return createAuthorizer({ sessions, origins: openOrigins(), openRoutes });
});
