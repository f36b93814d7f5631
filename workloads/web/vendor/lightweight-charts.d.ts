// Types of /vendor/lightweight-charts.js, which the server takes from the npm package `lightweight-charts` (Apache-2.0).
export * from "lightweight-charts";
