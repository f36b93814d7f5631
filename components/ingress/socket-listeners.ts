/** Listeners of the network load balancer: the port clients use, and the port of the pods behind it. */

import { choiceFaults, type Fault } from "../foundation";

/** One TLS listener and its target group. */
export interface SocketListener {
  /** Port on the load balancer. **Replaces** the listener. */
  port: number;
  /** Port of the pods, which speak TLS again. **Replaces** the target group. */
  targetPort: number;
  /** Path that answers 200 while the pod takes traffic, over HTTPS. */
  healthPath: string;
  /** Port of the pods that is asked; `targetPort` of one of the listeners, which alone are open. @default `targetPort` */
  healthPort?: number;
  /** The oldest version of TLS that clients may speak. @default "1.2" */
  oldestTls?: "1.2" | "1.3";
}

/** The gateway's HTTP and WebSocket port, and that of members' orders in binary, which speaks no HTTP and so is asked for its health on the other. */
export const socketListeners: Readonly<Record<string, SocketListener>> = {
  gateway: { port: 443, targetPort: 8443, healthPath: "/api/v3/ping" },
  binary: { port: 9443, targetPort: 9443, healthPath: "/api/v3/ping", healthPort: 8443, oldestTls: "1.3" },
};

export function socketListenerFaults(path: string, listeners: Readonly<Record<string, SocketListener>>): Fault[] {
  const faults: Fault[] = [];
  const entries = Object.entries(listeners);
  if (entries.length === 0) {
    faults.push({ path, given: {}, allowed: "one listener or more", fix: "leave the argument out for the default" });
  }
  for (const [key, listener] of entries) {
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(key)) {
      const allowed = "up to 20 lower-case letters, digits and hyphens, as a child is named after it";
      faults.push({ path: `${path}["${key}"]`, given: key, allowed, fix: "rename the listener" });
    }
    for (const field of ["port", "targetPort"] as const) {
      const given = listener[field];
      if (Number.isInteger(given) && given >= 1 && given <= 65535) continue;
      faults.push({ path: `${path}["${key}"].${field}`, given, allowed: "a port from 1 to 65535", fix: "use the service's port" });
    }
    if (!/^\/[\x21-\x7e]{0,1023}$/.test(listener.healthPath)) {
      const allowed = "a path that starts with / and has at most 1,024 characters (ELB HealthCheckPath)";
      faults.push({ path: `${path}["${key}"].healthPath`, given: listener.healthPath, allowed, fix: "write for example /api/v3/ping" });
    }
    const open = entries.map(([, { targetPort }]) => targetPort);
    if (listener.healthPort !== undefined && !open.includes(listener.healthPort)) {
      const allowed = `a port of pods that a listener leads to: ${open.join(", ")}`;
      faults.push({ path: `${path}["${key}"].healthPort`, given: listener.healthPort, allowed, fix: "use one of them, or leave it out" });
    }
    faults.push(...choiceFaults(`${path}["${key}"].oldestTls`, listener.oldestTls, ["1.2", "1.3"]));
    const first = entries.find(([, other]) => other.port === listener.port)!;
    if (first[0] !== key) {
      const allowed = `a port that no other listener has; "${first[0]}" has it`;
      faults.push({ path: `${path}["${key}"].port`, given: listener.port, allowed, fix: "give each listener its own port" });
    }
  }
  return faults;
}
