package bench;

import exchange.core2.collections.objpool.ObjectsPool;
import exchange.core2.core.common.CoreSymbolSpecification;
import exchange.core2.core.common.MatcherEventType;
import exchange.core2.core.common.MatcherTradeEvent;
import exchange.core2.core.common.OrderAction;
import exchange.core2.core.common.OrderType;
import exchange.core2.core.common.SymbolType;
import exchange.core2.core.common.cmd.OrderCommand;
import exchange.core2.core.common.cmd.OrderCommandType;
import exchange.core2.core.common.config.LoggingConfiguration;
import exchange.core2.core.orderbook.IOrderBook;
import exchange.core2.core.orderbook.OrderBookDirectImpl;
import exchange.core2.core.orderbook.OrderBookEventsHelper;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Applies a stream of operations (see `bench/engine-native-peers.ts`) to the direct book of exchange-core, four times: all but the last pass warm up.
 * Prints the nanoseconds of processor time of the operations behind the opening, and the checksum over the lots that each executed.
 */
public final class Peer {
  private static final int FIELDS = 6;

  public static void main(String[] arguments) throws Exception {
    byte[] bytes = Files.readAllBytes(Path.of(arguments[0]));
    IntBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer();
    int[] stream = new int[words.remaining()];
    words.get(stream);
    int opening = 1 + stream[0] * FIELDS;
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (int pass = 0; pass < 4; pass++) {
      IOrderBook book = book();
      apply(book, stream, 1, opening);
      System.gc();
      long start = threads.getCurrentThreadCpuTime();
      int sum = apply(book, stream, opening, stream.length);
      long nanoseconds = threads.getCurrentThreadCpuTime() - start;
      if (pass == 3) System.out.println(nanoseconds + " " + sum);
    }
  }

  private static IOrderBook book() {
    CoreSymbolSpecification symbol =
        CoreSymbolSpecification.builder()
            .symbolId(1)
            .type(SymbolType.FUTURES_CONTRACT)
            .baseCurrency(1)
            .quoteCurrency(2)
            .baseScaleK(1)
            .quoteScaleK(1)
            .build();
    return new OrderBookDirectImpl(
        symbol, ObjectsPool.createDefaultTestPool(), OrderBookEventsHelper.NON_POOLED_EVENTS_HELPER, LoggingConfiguration.DEFAULT);
  }

  private static int apply(IOrderBook book, int[] stream, int from, int to) {
    int sum = 0;
    OrderCommand command = new OrderCommand();
    command.symbol = 1;
    command.uid = 1;
    for (int at = from; at < to; at += FIELDS) {
      command.orderId = stream[at + 1];
      command.matcherEvent = null;
      if (stream[at] == 0) {
        command.command = OrderCommandType.PLACE_ORDER;
        command.orderType = OrderType.GTC;
        command.action = stream[at + 2] == 0 ? OrderAction.BID : OrderAction.ASK;
        command.price = stream[at + 3];
        command.reserveBidPrice = stream[at + 3];
        command.size = stream[at + 4];
        book.newOrder(command);
        int executed = 0;
        for (MatcherTradeEvent event = command.matcherEvent; event != null; event = event.nextEvent) {
          if (event.eventType == MatcherEventType.TRADE) executed += (int) event.size;
        }
        sum = sum * 31 + executed;
      } else if (stream[at] == 1) {
        book.cancelOrder(command);
      } else {
        command.size = stream[at + 5];
        book.reduceOrder(command);
      }
    }
    return sum;
  }
}
