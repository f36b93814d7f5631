package bourse.windows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.math.BigInteger;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;

/** The trades in a record of the publisher (`workloads/services/publisher/market-record.ts`): market events of one symbol, amounts as decimal text. */
public class MarketRecords implements FlatMapFunction<byte[], Trade> {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public void flatMap(byte[] record, Collector<Trade> out) throws IOException {
    for (JsonNode event : JSON.readTree(record).required("events")) {
      if (!event.required("kind").asText().equals("trade")) continue;
      Trade trade = new Trade();
      trade.symbol = event.required("symbol").intValue();
      trade.id = event.required("tradeId").longValue();
      trade.time = event.required("time").longValue() / 1_000;
      trade.price = event.required("price").longValue();
      trade.quantity = event.required("quantity").longValue();
      trade.quoteAmount = new BigInteger(event.required("quoteAmount").asText());
      out.collect(trade);
    }
  }

  /** A candle as one JSON document. Names are those of the columns of its table. */
  public static String write(Candle candle) {
    return JSON.createObjectNode()
        .put("symbol", candle.symbol)
        .put("start", candle.start)
        .put("open", candle.open)
        .put("high", candle.high)
        .put("low", candle.low)
        .put("close", candle.close)
        .put("trades", candle.trades())
        .put("quantity", candle.quantity)
        .put("quote_amount", candle.quoteAmount.toString())
        .toString();
  }
}
