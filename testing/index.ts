/** Tests of Pulumi programs without a cloud: record what a program registers, then assert on it. */
export * from "../plan/graph";
export * from "./assertions";
export * from "./component-suite";
export * from "./references";
export * from "./taggable";
export * from "./transforms";
