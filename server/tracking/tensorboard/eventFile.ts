import { closeSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import process from "node:process";
import protobuf from "protobufjs";
import { makeFolders } from "../../runs/durable.ts";
import { crc32c } from "./crc32c.ts";

/**
 * The parts of TensorFlow's event.proto, summary.proto and tensor.proto, and of TensorBoard's plugin_data.proto for
 * hyperparameters, that are written, with their field numbers.
 */
const proto = `
syntax = "proto3";
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
}
message SessionLog { int32 status = 1; }
message Summary {
  message Value {
    string tag = 1;
    oneof value { float simple_value = 2; TensorProto tensor = 8; }
    SummaryMetadata metadata = 9;
  }
  repeated Value value = 1;
}
message SummaryMetadata {
  message PluginData { string plugin_name = 1; bytes content = 2; }
  PluginData plugin_data = 1;
}
message TensorProto {
  message Shape { message Dim { int64 size = 1; } repeated Dim dim = 2; }
  int32 dtype = 1;
  Shape tensor_shape = 2;
  repeated bytes string_val = 8;
}
message HParamValue { oneof kind { double number_value = 2; string string_value = 3; bool boolean_value = 4; } }
message HParamsPluginData { message Start { map<string, HParamValue> hparams = 1; } Start session_start_info = 3; }
`;

const types = protobuf.parse(proto, { keepCase: true }).root;
const Event = types.lookupType("Event");
const HParamsPluginData = types.lookupType("HParamsPluginData");

/** SessionLog.START: a reader forgets the points at this step and later ones that an earlier file has. */
const sessionStart = 1;
/** DT_STRING of types.proto. */
const stringType = 7;

export interface EventFile {
  /** @param seconds Unix time */
  scalar(tag: string, value: number, step: number, seconds: number): void;
  text(tag: string, text: string, step: number, seconds: number): void;
  /** Once a folder. */
  hyperparameters(values: Readonly<Record<string, number | string | boolean>>, seconds: number): void;
  /** Training continues from `step`: later steps in other files no longer hold. */
  restart(step: number, seconds: number): void;
  close(): void;
}

/**
 * A new event file of TensorBoard in `folder`: records of TFRecord, each with the length and masked CRC-32C of its length and
 * data, written whole. Throws what the file system throws.
 */
export function createEventFile(folder: string, seconds = Date.now() / 1000): EventFile {
  makeFolders(folder);
  const name = `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}`;
  const file = openSync(join(folder, name), "wx");
  const write = (step: number, wall_time: number, what: object): void => {
    writeSync(file, record(Event.encode({ wall_time, step, ...what }).finish()));
  };
  const summary = (step: number, at: number, value: object): void =>
    write(step, at, { summary: { value: [value] } });
  write(0, seconds, { file_version: "brain.Event:2" });
  return {
    scalar: (tag, value, step, at) => summary(step, at, { tag, simple_value: value }),
    text: (tag, text, step, at) =>
      summary(step, at, {
        tag,
        tensor: {
          dtype: stringType,
          tensor_shape: { dim: [{ size: 1 }] },
          string_val: [Buffer.from(text, "utf8")],
        },
        metadata: { plugin_data: { plugin_name: "text" } },
      }),
    hyperparameters: (values, at) => {
      const hparams = Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, { [`${typeof value}_value`]: value }]),
      );
      const content = HParamsPluginData.encode({ session_start_info: { hparams } }).finish();
      summary(0, at, {
        tag: "_hparams_/session_start_info",
        metadata: { plugin_data: { plugin_name: "hparams", content } },
      });
    },
    restart: (step, at) => write(step + 1, at, { session_log: { status: sessionStart } }),
    close: () => closeSync(file),
  };
}

function record(data: Uint8Array): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(data.length), 0);
  head.writeUInt32LE(masked(crc32c(head.subarray(0, 8))), 8);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(masked(crc32c(data)), 0);
  return Buffer.concat([head, data, tail]);
}

/** As TFRecord stores it, so that the sum of data with sums inside stays meaningful. */
const masked = (sum: number): number => (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
