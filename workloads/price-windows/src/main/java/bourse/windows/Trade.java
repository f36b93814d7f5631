package bourse.windows;

import java.math.BigInteger;

/** One fill, as far as prices are concerned. */
public class Trade {
  public int symbol;
  /** From 1, without gaps, for each symbol. */
  public long id;
  /** Milliseconds since 1970. */
  public long time;
  /** Ticks. */
  public long price;
  /** Lots. */
  public long quantity;
  /** Units of the quote asset. */
  public BigInteger quoteAmount = BigInteger.ZERO;
}
