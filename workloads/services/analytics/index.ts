export { type Analytics, type AnalyticsDeps, createAnalytics, type HourStatistics } from "./analytics";
