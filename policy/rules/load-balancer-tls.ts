/** Listeners are encrypted with a policy of TLS 1.2 or newer, redirect to one that is, or pass TLS through inside the network. */

import { listOf, recordOf, textOf } from "../../plan/read-inputs";
import type { Rule } from "../rule";

export const loadBalancerTls: Rule = {
  id: "load-balancer-tls",
  title: "Listeners speak TLS 1.2 or newer",
  checks:
    "Listeners are encrypted with a policy of TLS 1.2 or newer, redirect to one that is, or are of a load balancer inside the network that passes connections through to where TLS ends.",
  why: "Older versions have known attacks, and plain text needs none.",
  fix: "Use HTTPS or TLS with sslPolicy ELBSecurityPolicy-TLS13-1-2-2021-06.",
  severity: "mandatory",
  needsGraph: true,
  types: ["aws:lb/listener:Listener"],
  check: (listener, graph) => {
    const { inputs } = listener;
    const protocol = textOf(inputs.protocol);
    if (protocol === "HTTPS" || protocol === "TLS") {
      const policy = textOf(inputs.sslPolicy);
      return /TLS13|TLS-1-2|FS-1-2/.test(policy) && !/TLS13-1-[01]-/.test(policy)
        ? []
        : [`TLS policy ${policy === "" ? "of the default" : policy} admits versions before 1.2`];
    }
    const redirects = listOf(inputs.defaultActions).every((action) => recordOf(recordOf(action).redirect).protocol === "HTTPS");
    if (protocol === "HTTP" && redirects && listOf(inputs.defaultActions).length > 0) return [];
    const balancers = graph.referencesOf(listener, "loadBalancerArn");
    // Mutual TLS from end to end, which a load balancer that decrypts would break.
    if (protocol === "TCP" && balancers.length > 0 && balancers.every((balancer) => balancer.inputs.internal === true)) return [];
    return protocol === "TCP" || protocol === "HTTP" ? [`${protocol} is not encrypted by the load balancer`] : [];
  },
  passing: { type: "aws:lb/listener:Listener", inputs: { protocol: "TLS", sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" } },
  failing: { type: "aws:lb/listener:Listener", inputs: { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-2016-08" } },
};
