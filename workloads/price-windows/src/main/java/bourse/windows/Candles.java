package bourse.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.MapState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Gathers the trades of a symbol by minute. A candle is told shortly after its minute, and again when a trade of it comes late: who reads takes the
 * last one of a symbol and minute.
 */
public class Candles extends KeyedProcessFunction<Integer, Trade, Candle> {
  private static final long MINUTE = 60_000;
  /** Milliseconds after a minute, or after a late trade, until its candle is told. */
  private static final long GRACE = 2_000;
  /** Milliseconds for which a candle still takes trades that come late. */
  private static final long KEPT = 10 * MINUTE;

  /** By first millisecond. */
  private transient MapState<Long, Candle> candles;
  /** When each untold candle is due. */
  private transient MapState<Long, Long> due;
  /** When each candle is let go. */
  private transient MapState<Long, Long> end;

  @Override
  public void open(OpenContext context) {
    candles = getRuntimeContext().getMapState(new MapStateDescriptor<>("candles", Long.class, Candle.class));
    due = getRuntimeContext().getMapState(new MapStateDescriptor<>("due", Long.class, Long.class));
    end = getRuntimeContext().getMapState(new MapStateDescriptor<>("end", Long.class, Long.class));
  }

  @Override
  public void processElement(Trade trade, Context context, Collector<Candle> out) throws Exception {
    long start = Math.floorDiv(trade.time, MINUTE) * MINUTE;
    Candle candle = candles.get(start);
    if (candle == null) {
      candle = new Candle();
      candle.symbol = trade.symbol;
      candle.start = start;
    }
    if (!candle.add(trade)) return;
    candles.put(start, candle);
    if (due.contains(start)) return;
    long now = context.timerService().currentProcessingTime();
    long at = Math.max(now, start + MINUTE) + GRACE;
    due.put(start, at);
    end.put(start, at + KEPT);
    context.timerService().registerProcessingTimeTimer(at);
    context.timerService().registerProcessingTimeTimer(at + KEPT);
  }

  @Override
  public void onTimer(long time, OnTimerContext context, Collector<Candle> out) throws Exception {
    for (long start : until(time, due)) {
      due.remove(start);
      out.collect(candles.get(start));
    }
    for (long start : until(time, end)) {
      end.remove(start);
      candles.remove(start);
    }
  }

  private static List<Long> until(long time, MapState<Long, Long> moments) throws Exception {
    List<Long> starts = new ArrayList<>();
    for (Map.Entry<Long, Long> moment : moments.entries()) if (moment.getValue() <= time) starts.add(moment.getKey());
    return starts;
  }
}
