export { type Fold, type Projection, type ProjectionDeps, type Running, startProjection } from "./projection";
export { type Ordering, selectRange, whereRange } from "./range";
export { type PendingRows, WriteBehind } from "./write-behind";
