import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { openKinesisBus } from "../../../workloads/stores/bus";
import { openPostgres } from "../../../workloads/stores/sql";
import { type MotoServer, withMoto } from "../../servers/moto";
import { type PostgresServer, withPostgres } from "../../servers/postgres";
import { describePublished } from "./published";
import { until } from "./until";

withPostgres("a publisher whose shard loses its place, over a real PostgreSQL", (startPostgres) => {
  withMoto("and Kinesis", (startMoto) => {
    const stopping: (() => Promise<void>)[] = [];
    after(async () => {
      for (const stop of stopping.reverse()) await stop();
    });

    describePublished(async () => {
      const postgres: PostgresServer = await startPostgres();
      stopping.push(() => postgres.stop());
      const moto: MotoServer = await startMoto();
      stopping.push(() => moto.stop());
      const client = { ...moto.client, requestHandler: new NodeHttpHandler() };
      const kinesis = new KinesisClient(client);
      await kinesis.send(new CreateStreamCommand({ StreamName: "orders", ShardCount: 2 }));
      const status = async () =>
        (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: "orders" }))).StreamDescriptionSummary?.StreamStatus;
      await until(async () => (await status()) === "ACTIVE");
      const { port, user, password } = postgres;
      const sql = openPostgres({ host: "127.0.0.1", port, database: await postgres.createDatabase(), user, password, tls: "off" });
      stopping.push(() => sql.close());
      return { sql, bus: await openKinesisBus({ stream: "orders", sql, pollMs: 20, client }) };
    });
  });
});
