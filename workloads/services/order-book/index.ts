export { createOrderBooks } from "./order-books";
