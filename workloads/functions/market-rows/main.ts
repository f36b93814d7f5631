/**
 * The rows of a table as a Lambda function from the container image, called by Firehose.
 *
 *   AWS_LAMBDA_RUNTIME_API   host:port of the runtime API; Lambda sets it
 *   BOURSE_ROWS              the table: trades or orders
 */

import { Environment } from "../../process/environment";
import { runFunction } from "../runtime";
import { createMarketRows, rowTables } from "./market-rows";

runFunction(async () => {
  const environment = new Environment(process.env);
  const table = environment.oneOf("BOURSE_ROWS", rowTables);
  environment.check();
  return createMarketRows(table);
});
