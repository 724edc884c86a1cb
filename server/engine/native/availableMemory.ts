import { readFileSync } from "node:fs";
import { freeMemory } from "../../data/machineMemory.ts";

/**
 * Bytes that this process can still allocate: the least of what the machine, its control group and the address space limit
 * (`ulimit -v`) leave.
 */
export function availableMemory(): number {
  return Math.min(freeMemory(), addressesLeft(linuxText("limits"), linuxText("status")));
}

/** @param limits @param status the texts of /proc/self/limits and /proc/self/status; empty where there are none */
export function addressesLeft(limits: string, status: string): number {
  const limit = /^Max address space\s+(\d+)/m.exec(limits)?.[1];
  const used = /^VmSize:\s+(\d+) kB/m.exec(status)?.[1];
  if (limit === undefined || used === undefined) return Number.POSITIVE_INFINITY;
  return Math.max(0, Number(limit) - 1024 * Number(used));
}

function linuxText(name: "limits" | "status"): string {
  try {
    return readFileSync(`/proc/self/${name}`, "utf8");
  } catch {
    return ""; // Another system.
  }
}
