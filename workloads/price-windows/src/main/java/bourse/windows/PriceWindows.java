package bourse.windows;

import com.amazonaws.services.kinesisanalytics.runtime.KinesisAnalyticsRuntime;
import java.io.IOException;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.connector.kinesis.sink.KinesisStreamsSink;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.connectors.kinesis.FlinkKinesisConsumer;
import org.apache.flink.streaming.connectors.kinesis.config.AWSConfigConstants;
import org.apache.flink.streaming.connectors.kinesis.config.ConsumerConfigConstants;

/**
 * Prices by the minute: reads the stream of trades and writes a candle for each symbol and minute to the stream of prices. The property groups
 * `sources` and `sinks` hold the ARNs of both, as `StreamAnalytics` writes them.
 */
public final class PriceWindows {
  private PriceWindows() {}

  /** @param arguments nothing on AWS; elsewhere a file with the property groups, of which `aws` may name another endpoint */
  public static void main(String[] arguments) throws Exception {
    Map<String, Properties> groups =
        arguments.length == 0 ? KinesisAnalyticsRuntime.getApplicationProperties() : KinesisAnalyticsRuntime.getApplicationProperties(arguments[0]);
    String trades = required(groups, "sources", "trades");
    String prices = required(groups, "sinks", "prices");
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();

    Properties reading = client(trades, groups);
    // A first start reads what the stream still has.
    reading.setProperty(ConsumerConfigConstants.STREAM_INITIAL_POSITION, "TRIM_HORIZON");
    KinesisStreamsSink<String> sink =
        KinesisStreamsSink.<String>builder()
            .setKinesisClientProperties(client(prices, groups))
            .setSerializationSchema(new SimpleStringSchema())
            // Candles of one symbol keep their order.
            .setPartitionKeyGenerator(document -> document.substring(0, document.indexOf(',')))
            .setStreamArn(prices)
            .setFailOnError(true)
            .build();

    environment
        .addSource(new FlinkKinesisConsumer<>(streamName(trades), new Bytes(), reading))
        .name("trades")
        .uid("trades")
        .flatMap(new MarketRecords())
        .uid("records")
        .keyBy(trade -> trade.symbol)
        .process(new Candles())
        .name("candles")
        .uid("candles")
        .map(MarketRecords::write)
        .uid("documents")
        .sinkTo(sink)
        .name("prices")
        .uid("prices");
    environment.execute("price-windows");
  }

  private static Properties client(String streamArn, Map<String, Properties> groups) {
    Properties client = new Properties();
    client.setProperty(AWSConfigConstants.AWS_REGION, streamArn.split(":")[3]);
    Properties aws = groups.getOrDefault("aws", new Properties());
    if (aws.containsKey("endpoint")) {
      client.setProperty(AWSConfigConstants.AWS_ENDPOINT, aws.getProperty("endpoint"));
      // What stands in for AWS need not know HTTP/2.
      client.setProperty("aws.http.protocol.version", "HTTP1_1");
    }
    return client;
  }

  private static String streamName(String arn) {
    return arn.substring(arn.indexOf("/") + 1);
  }

  private static String required(Map<String, Properties> groups, String group, String name) {
    String value = groups.getOrDefault(group, new Properties()).getProperty(name, "");
    if (!value.matches("arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\\d{12}:stream/.+"))
      throw new IllegalArgumentException(
          "property " + name + " of the group " + group + ": given \"" + value + "\"; allowed: the ARN of a Kinesis stream; fix: name it in " + group + " of StreamAnalytics");
    return value;
  }

  private static final class Bytes extends AbstractDeserializationSchema<byte[]> {
    @Override
    public byte[] deserialize(byte[] record) throws IOException {
      return record;
    }
  }
}
