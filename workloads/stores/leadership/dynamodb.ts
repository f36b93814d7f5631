/** Leadership in a DynamoDB table, of this region or of another: an item for each name, read consistently and written on condition. */

import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Leadership, LeadershipStore } from "./port";

export interface DynamoLeadershipOptions {
  /** Its key is the string attribute `name`. */
  table: string;
  /** Of the SDK, such as the region. @default as the SDK finds it */
  client?: DynamoDBClientConfig;
}

/** An attempt that is not answered has failed; the SDK tries once more. */
const REQUEST_MS = 1_000;
const ATTEMPTS = 2;

export function openDynamoLeadership({ table, client }: DynamoLeadershipOptions): LeadershipStore {
  const requestHandler = { requestTimeout: REQUEST_MS, connectionTimeout: REQUEST_MS, throwOnRequestTimeout: true };
  const dynamo = new DynamoDBClient({ maxAttempts: ATTEMPTS, requestHandler, ...client });
  const read = async (name: string): Promise<Leadership | undefined> => {
    const { Item } = await dynamo.send(new GetItemCommand({ TableName: table, Key: { name: { S: name } }, ConsistentRead: true }));
    return Item && (JSON.parse(Item.record?.S ?? "") as Leadership);
  };
  return {
    read,
    async replace(name, seen, next) {
      const condition =
        seen === undefined
          ? { ConditionExpression: "attribute_not_exists(#name)", ExpressionAttributeNames: { "#name": "name" } }
          : { ConditionExpression: "renewal = :seen", ExpressionAttributeValues: { ":seen": { N: String(seen.renewal) } } };
      const Item = { name: { S: name }, renewal: { N: String(next.renewal) }, record: { S: JSON.stringify(next) } };
      try {
        await dynamo.send(new PutItemCommand({ TableName: table, Item, ...condition }));
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // The first of two attempts may have been the one that changed it.
        const found = await read(name);
        return found !== undefined && JSON.stringify(found) === JSON.stringify(next);
      }
    },
    async close() {
      dynamo.destroy();
    },
  };
}
