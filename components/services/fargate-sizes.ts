/** The sizes that Fargate has (ECS guide, "Task CPU and memory"), and the smallest that holds a task. */

/** Memory of each processor size, MiB: least, most, and the step between. CPU units: 1,024 to a virtual processor. */
const sizes: readonly { cpu: number; least: number; most: number; step: number }[] = [
  { cpu: 256, least: 512, most: 2_048, step: 512 },
  { cpu: 512, least: 1_024, most: 4_096, step: 1_024 },
  { cpu: 1_024, least: 2_048, most: 8_192, step: 1_024 },
  { cpu: 2_048, least: 4_096, most: 16_384, step: 1_024 },
  { cpu: 4_096, least: 8_192, most: 30_720, step: 1_024 },
  { cpu: 8_192, least: 16_384, most: 61_440, step: 4_096 },
  { cpu: 16_384, least: 32_768, most: 122_880, step: 8_192 },
];

/** CPU units and MiB of the smallest task with at least these; undefined when none is as large. */
export function fargateSize(milliCpu: number, memoryMib: number): { cpu: number; memory: number } | undefined {
  const units = (milliCpu * 1_024) / 1_000;
  const size = sizes.find(({ cpu, most }) => cpu >= units && most >= memoryMib);
  if (size === undefined) return undefined;
  // The first size has 512 MiB and then whole GiB.
  const steps = Math.max(0, Math.ceil((memoryMib - size.least) / size.step));
  return { cpu: size.cpu, memory: size.cpu === 256 && steps > 1 ? 2_048 : size.least + steps * size.step };
}
