package bourse.windows;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The trades of one symbol in one minute. Adding is independent of order, and a trade counts once however often it comes: the publisher repeats
 * after a failure, and around a split of a shard later records may come first.
 */
public class Candle {
  public int symbol;
  /** First millisecond of the minute. */
  public long start;
  public long open;
  public long high;
  public long low;
  public long close;
  public long quantity;
  public BigInteger quoteAmount = BigInteger.ZERO;
  /** Ids of the trades in it: first and last of each run, ascending. */
  public long[] runs = new long[0];

  /** @return false when the trade was in it already */
  public boolean add(Trade trade) {
    long id = trade.id;
    int after = firstRunFrom(id);
    if (after < runs.length && runs[after] <= id) return false;
    boolean first = runs.length == 0;
    if (first || id < runs[0]) open = trade.price;
    if (first || id > runs[runs.length - 1]) close = trade.price;
    high = first ? trade.price : Math.max(high, trade.price);
    low = first ? trade.price : Math.min(low, trade.price);
    quantity = Math.addExact(quantity, trade.quantity);
    quoteAmount = quoteAmount.add(trade.quoteAmount);
    insert(id, after);
    return true;
  }

  public long trades() {
    long count = 0;
    for (int run = 0; run < runs.length; run += 2) count += runs[run + 1] - runs[run] + 1;
    return count;
  }

  /** Place of the first run that ends at `id` or later. */
  private int firstRunFrom(long id) {
    int run = 0;
    while (run < runs.length && runs[run + 1] < id) run += 2;
    return run;
  }

  private void insert(long id, int after) {
    boolean joinsBefore = after > 0 && runs[after - 1] == id - 1;
    boolean joinsAfter = after < runs.length && runs[after] == id + 1;
    if (joinsBefore && joinsAfter) {
      long[] fewer = Arrays.copyOf(runs, runs.length - 2);
      fewer[after - 1] = runs[after + 1];
      System.arraycopy(runs, after + 2, fewer, after, runs.length - after - 2);
      runs = fewer;
    } else if (joinsBefore) {
      runs[after - 1] = id;
    } else if (joinsAfter) {
      runs[after] = id;
    } else {
      long[] more = Arrays.copyOf(runs, runs.length + 2);
      System.arraycopy(runs, after, more, after + 2, runs.length - after);
      more[after] = id;
      more[after + 1] = id;
      runs = more;
    }
  }
}
