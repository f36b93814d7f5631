export { createHistory } from "./history";
