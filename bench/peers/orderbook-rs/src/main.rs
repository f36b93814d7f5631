//! Applies a stream of operations (see `bench/engine-native-peers.ts`) to orderbook-rs, twice: the first pass warms up. Prints the nanoseconds of
//! processor time of the operations behind the opening, and the checksum over the lots that each executed.

use orderbook_rs::{Id, OrderBook, Side, TimeInForce};
use pricelevel::{OrderUpdate, Quantity};

const FIELDS: usize = 6;

fn apply(book: &OrderBook<()>, operations: &[i32]) -> i32 {
    let mut sum: i32 = 0;
    for operation in operations.chunks_exact(FIELDS) {
        let [kind, id, side, price, quantity, _] = operation else { unreachable!() };
        let order_id = Id::Sequential(*id as u64);
        match kind {
            0 => {
                let side = if *side == 0 { Side::Buy } else { Side::Sell };
                let (_, trades) = book
                    .add_limit_order_with_result(order_id, *price as u128, *quantity as u64, side, TimeInForce::Gtc, None)
                    .expect("an order is accepted");
                let executed = match trades {
                    Some(trades) => trades.match_result.executed_quantity().expect("quantities add up").as_u64() as i32,
                    None => 0,
                };
                sum = sum.wrapping_mul(31).wrapping_add(executed);
            }
            1 => {
                book.cancel_order(order_id).expect("a cancel is accepted");
            }
            _ => {
                let new_quantity = Quantity::new(*quantity as u64);
                book.update_order(OrderUpdate::UpdateQuantity { order_id, new_quantity }).expect("an amend is accepted");
            }
        }
    }
    sum
}

/// Processor time of this thread in nanoseconds.
fn processor_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` outlives the call, which writes nothing else.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the processor time of a thread can be read");
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

fn main() {
    let path = std::env::args().nth(1).expect("the stream's file");
    let bytes = std::fs::read(path).expect("the stream is readable");
    let words: Vec<i32> = bytes.chunks_exact(4).map(|word| i32::from_le_bytes(word.try_into().unwrap())).collect();
    let opening = words[0] as usize * FIELDS;
    let operations = &words[1..];
    for pass in 0..2 {
        let book: OrderBook<()> = OrderBook::new("BENCH");
        apply(&book, &operations[..opening]);
        let start = processor_time();
        let sum = apply(&book, &operations[opening..]);
        let nanoseconds = processor_time() - start;
        if pass == 1 {
            println!("{nanoseconds} {sum}");
        }
    }
}
