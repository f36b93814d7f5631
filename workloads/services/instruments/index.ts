export { createInstruments } from "./instruments";
