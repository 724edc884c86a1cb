import protobuf from "protobufjs";
import type { Span } from "./profile.ts";

/** The part of TensorFlow's config.proto and step_stats.proto with the start and end of each op. */
const proto = `
syntax = "proto3";
package tensorflow;

message NodeExecStats {
  string timeline_label = 8;
  int64 all_start_nanos = 13;
  int64 op_start_rel_nanos = 14;
  int64 op_end_rel_nanos = 15;
}
message DeviceStepStats { repeated NodeExecStats node_stats = 2; }
message StepStats { repeated DeviceStepStats dev_stats = 1; }
message RunMetadata { StepStats step_stats = 1; }
`;

const RunMetadata = protobuf.parse(proto, { keepCase: true }).root.lookupType("tensorflow.RunMetadata");

interface NodeStats {
  readonly timeline_label: string;
  readonly all_start_nanos: string;
  readonly op_start_rel_nanos: string;
  readonly op_end_rel_nanos: string;
}

/** The ops of each run in a file written by traceRuns.cc. */
export function tracedRuns(file: Uint8Array): Span[][] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const runs: Span[][] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    runs.push(spansOf(file.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  return runs;
}

function spansOf(message: Uint8Array): Span[] {
  const { step_stats } = RunMetadata.toObject(RunMetadata.decode(message), {
    arrays: true,
    defaults: true,
    longs: String, // nanoseconds since 1970 are more than a float64 holds
  }) as { step_stats: { dev_stats: readonly { node_stats: readonly NodeStats[] }[] } };
  const nodes = step_stats.dev_stats.flatMap(({ node_stats }) => node_stats);
  const [first = 0n] = nodes
    .map(({ all_start_nanos }) => BigInt(all_start_nanos))
    .sort((a, b) => Number(a - b));
  return nodes.map(({ timeline_label, all_start_nanos, op_start_rel_nanos, op_end_rel_nanos }) => {
    const start = Number(BigInt(all_start_nanos) - first);
    return {
      op: opIn(timeline_label),
      start: (start + Number(op_start_rel_nanos)) / 1e6,
      end: (start + Number(op_end_rel_nanos)) / 1e6,
    };
  });
}

/** "name = Op(inputs)" */
const opIn = (label: string): string => /= (\w+)\(/.exec(label)?.[1] ?? label;
